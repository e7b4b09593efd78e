"""The Django app of people."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """People and sign-in."""

    name = "kokorochat.web.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Connect the signal with which a sign-in's time begins, and the one after the tables are made."""
        from kokorochat.web.accounts import (
            consent,
            sign_in,  # noqa: F401 - importing it connects the receiver
        )

        post_migrate.connect(consent.publish_first, sender=self)
