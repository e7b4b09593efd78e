"""The Django app of the LINE door."""

from django.apps import AppConfig


class LineConfig(AppConfig):
    """What came from LINE, what goes there, and who is who."""

    name = "kokorochat.web.transports.line"
    label = "line"

    def ready(self) -> None:
        """Connect the signals."""
        from kokorochat.web.roleplay.signals import wished_again
        from kokorochat.web.transports.line import outbox

        wished_again.connect(outbox.send_again)
