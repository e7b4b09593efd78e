"""The Django app of people."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and sign-in."""

    name = "kokorochat.web.accounts"
    label = "accounts"
