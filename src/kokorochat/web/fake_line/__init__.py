"""A stand-in for the LINE platform, for developers, tests and the demo: it knows a platform by its webhook alone."""
