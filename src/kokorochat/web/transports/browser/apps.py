"""The Django app of the browser's door."""

from django.apps import AppConfig


class BrowserConfig(AppConfig):
    """Listens for changes of sessions, to wake the sockets."""

    name = "kokorochat.web.transports.browser"
    label = "browser"

    def ready(self) -> None:
        """Connect the signal."""
        from kokorochat.web.transports.browser import deliver  # noqa: F401 - importing it connects the receiver
