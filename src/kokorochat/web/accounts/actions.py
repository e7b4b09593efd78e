"""The one place where rows about people change: in a transaction, with an audit row."""

import hashlib
import secrets
from datetime import timedelta
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from kokorochat.web.accounts import chain
from kokorochat.web.accounts.models import Person, SignInLink
from kokorochat.web.accounts.signals import signed_out

LINK_LIFETIME = timedelta(hours=24)


def audit(by: Person | None, action: str, subject: str) -> None:
    """Record what is done, in the same transaction as the deed."""
    chain.add(by, action, subject)


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


def name_email(person: Person, email: str) -> None:
    """Keep in mind which address a person has named, until whoever reads it has confirmed it."""
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(email_named=email)
        audit(person, "person.email-named", f"person {person.pk}")


def keep_email(person: Person, email: str) -> None:
    """Store the address to which a person's own notices are mailed; empty for none."""
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(email=email, email_named="")
        audit(person, "person.email", f"person {person.pk}")


def keep_named_email(person: Person, email: str) -> bool:
    """Store the address that a person has named, now that its reader has confirmed it.

    Confirmed twice, it is stored once; what was named since stays named. False if it is neither named nor stored.
    """
    with transaction.atomic():
        if Person.objects.filter(pk=person.pk, email_named=email).update(email=email, email_named=""):
            audit(person, "person.email", f"person {person.pk}")
            return True
        return Person.objects.filter(pk=person.pk, email=email).exists()


def make_sign_in_link(by: Person | None, person: Person, lifetime: timedelta = LINK_LIFETIME) -> str:
    """The token of a new link for `person`; every older link ends with this."""
    with transaction.atomic():
        end_sign_in_links(person)
        return _add_link(by, person, lifetime)


def add_sign_in_link(person: Person, lifetime: timedelta, door: str) -> str:
    """The token of a link that the platform shows to `person` behind a door of theirs, as `line`; older links stay."""
    with transaction.atomic():
        SignInLink.objects.filter(person=person, expires_at__lte=timezone.now()).delete()
        return _add_link(None, person, lifetime, door)


def add_purpose_link(person: Person, purpose: str, lifetime: timedelta, door: str) -> str:
    """The token of a link that opens one thing for `person` and signs nobody in; it ends as their sign-in links do."""
    with transaction.atomic():
        SignInLink.objects.filter(person=person, expires_at__lte=timezone.now()).delete()
        return _add_link(None, person, lifetime, door, purpose)


def end_sign_in_links(person: Person, door: str = "") -> None:
    """Links of `person` work no longer: those behind one door, or all."""
    links = SignInLink.objects.filter(person=person)
    (links.filter(door=door) if door else links).delete()


def _add_link(by: Person | None, person: Person, lifetime: timedelta, door: str = "", purpose: str = "") -> str:
    token = secrets.token_urlsafe(24)
    until = timezone.now() + lifetime
    SignInLink.objects.create(person=person, digest=digest(token), expires_at=until, door=door, purpose=purpose)
    audit(by, "person.link", f"person {person.pk}" + (f" {purpose}" if purpose else ""))
    return token


def person_of_link(token: str) -> Person | None:
    """Whom a link signs in; None if it is unknown, replaced or expired."""
    link = _link(token)
    return link.person if link and not link.purpose else None


def purpose_of_link(token: str) -> tuple[Person, str] | None:
    """For whom a link opens which thing; None as for `person_of_link`, and for one that signs in."""
    link = _link(token)
    return (link.person, link.purpose) if link and link.purpose else None


def _link(token: str) -> SignInLink | None:
    links = SignInLink.objects.select_related("person")
    return links.filter(
        digest=digest(token), expires_at__gt=timezone.now(), person__is_active=True, person__is_program=False
    ).first()


def set_password(person: Person, password: str) -> None:
    """A new password of one's own; every sign-in but the one that the caller renews ends with this."""
    with transaction.atomic():
        person.set_password(password)
        person.save(update_fields=["password"])
        audit(person, "person.password", f"person {person.pk}")
        _tell_screens(person)


def sign_out_everywhere(by: Person, person: Person) -> None:
    """End all sign-ins of a person, and the link with which a new one could begin."""
    with transaction.atomic():
        _end_sign_ins(person)
        audit(by, "person.sign-out", f"person {person.pk}")


def set_active(by: Person, person: Person, active: bool) -> None:
    """Lock somebody out, or let them in again; what they have said and rated stays.

    Raises:
        PermissionDenied: it is oneself, and nobody might be left to undo it.
    """
    _not_oneself(by, person)
    with transaction.atomic():
        person.is_active = active
        person.save(update_fields=["is_active"])
        _end_sign_ins(person)
        audit(by, "person.unlock" if active else "person.lock", f"person {person.pk}")


def set_administrator(by: Person, person: Person, administrator: bool) -> None:
    """Give or take the role of an administrator.

    Raises:
        PermissionDenied: it is oneself, and nobody might be left to undo it.
    """
    _not_oneself(by, person)
    with transaction.atomic():
        person.is_staff = administrator
        person.save(update_fields=["is_staff"])
        _tell_screens(person)
        audit(by, "person.to-administrator" if administrator else "person.to-member", f"person {person.pk}")


def _not_oneself(by: Person, person: Person) -> None:
    if by.pk == person.pk:
        raise PermissionDenied


def _end_sign_ins(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(sign_in_epoch=F("sign_in_epoch") + 1)
    person.refresh_from_db(fields=["sign_in_epoch"])
    SignInLink.objects.filter(person=person).delete()
    _tell_screens(person)


def _tell_screens(person: Person) -> None:
    transaction.on_commit(partial(signed_out.send, sender=Person, person_id=person.pk))


def digest(secret: str) -> str:
    """What is stored of a secret that is long and random, so that the database does not hold it."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
