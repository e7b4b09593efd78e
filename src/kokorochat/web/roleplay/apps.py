"""The Django app of sessions."""

from django.apps import AppConfig


class RoleplayConfig(AppConfig):
    """Sessions, their events and feedback."""

    name = "kokorochat.web.roleplay"
    label = "roleplay"
