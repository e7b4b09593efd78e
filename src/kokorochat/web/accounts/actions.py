"""The one place where rows about people change: in a transaction, with an audit row."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kokorochat.web.accounts.models import AuditEntry, Person, SignInLink

LINK_LIFETIME = timedelta(hours=24)


def audit(by: Person | None, action: str, subject: str) -> None:
    """Record what is done, in the same transaction as the deed."""
    AuditEntry.objects.create(by=by, action=action, subject=subject)


def add_person(
    by: Person | None,
    username: str,
    display_name: str,
    *,
    administrator: bool = False,
    program: bool = False,
    password: str | None = None,
) -> Person:
    """A new account; without a password it can be entered by a sign-in link only."""
    with transaction.atomic():
        person = Person(username=username, display_name=display_name, is_staff=administrator, is_program=program)
        person.set_password(password) if password else person.set_unusable_password()
        person.save()
        audit(by, "person.add", f"person {person.pk}")
    return person


def make_sign_in_link(by: Person | None, person: Person, lifetime: timedelta = LINK_LIFETIME) -> str:
    """The token of a new link for `person`; an older link ends with this."""
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        SignInLink.objects.update_or_create(
            person=person,
            defaults={"digest": _digest(token), "expires_at": timezone.now() + lifetime},
        )
        audit(by, "person.link", f"person {person.pk}")
    return token


def person_of_link(token: str) -> Person | None:
    """Whom a link signs in; None if it is unknown, replaced or expired."""
    link = (
        SignInLink.objects.select_related("person")
        .filter(digest=_digest(token), expires_at__gt=timezone.now(), person__is_active=True, person__is_program=False)
        .first()
    )
    return link.person if link else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
