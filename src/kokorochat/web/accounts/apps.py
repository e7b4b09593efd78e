"""The Django app of people."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and sign-in."""

    name = "kokorochat.web.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Connect the signal with which a sign-in's time begins."""
        from kokorochat.web.accounts import sign_in  # noqa: F401 - importing it connects the receiver
