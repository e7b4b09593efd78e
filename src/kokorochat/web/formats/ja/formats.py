"""2026年11月23日（月） 20:15."""

DATE_FORMAT = "Y年n月j日（D）"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y年n月j日（D） H:i"
MOMENT_FORMAT = "n月j日（D） H:i"
