"""People, their sign-in links and the audit trail."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class Person(AbstractUser):
    """Somebody with an account, or the program that plays the practice client.

    `is_staff` marks an administrator. The primary key is the person's id in an export.
    """

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    display_name = models.CharField(_("name shown"), max_length=60)
    is_program = models.BooleanField(default=False)

    objects: ClassVar[UserManager["Person"]] = UserManager()  # type: ignore[assignment]
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    def __str__(self) -> str:
        return self.display_name


class SignInLink(models.Model):
    """A link that signs one person in until it expires. The token itself is not stored, only its SHA-256."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="sign_in_link")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"link of {self.person_id}"


class AuditEntry(models.Model):
    """One thing that was done: by whom, to what, when. Never holds a person's words."""

    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.action} {self.subject}"
