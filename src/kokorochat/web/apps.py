"""The platform as a whole, as a Django app: connects the parts that listen."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """Connects the estimates to the end of sessions."""

    name = "kokorochat.web"
    label = "platform"

    def ready(self) -> None:
        """Connect the signals."""
        from kokorochat.web import estimates  # noqa: F401 - importing it connects the receiver
