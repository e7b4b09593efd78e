"""The Django app of the LINE door."""

from django.apps import AppConfig


class LineConfig(AppConfig):
    """What came from LINE, what goes there, and who is who."""

    name = "kokorochat.web.transports.line"
    label = "line"
