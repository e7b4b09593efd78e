"""The second factor: an app that shows a code for each half minute, and recovery codes for when the phone is lost.

A sign-in link or a password is the first factor. Whoever has a second, or must have one, is not signed in before it is
given, so no page and no socket needs to ask.
"""

import secrets

from django.conf import settings
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from kokorochat.web.accounts.actions import audit, digest
from kokorochat.web.accounts.models import Person, RecoveryCode
from kokorochat.web.locks import hold

RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What can't be misread: 31 letters, so 16 of them are 79 bits."""


def has_one(person: Person) -> bool:
    """Whether the person has set a second factor up."""
    return bool(TOTPDevice.objects.filter(user=person, confirmed=True).exists())


def must_have_one(person: Person) -> bool:
    """Whether the platform asks it of this person."""
    return bool(settings.SECOND_FACTOR and person.is_staff)


def begin(person: Person) -> TOTPDevice:
    """What is to be scanned; the same until it is confirmed, so that a reload does not spoil it."""
    device, _ = TOTPDevice.objects.get_or_create(user=person, confirmed=False, defaults={"name": "app"})
    return device


def confirm(person: Person, code: str) -> list[str] | None:
    """Take the app into use if its code is right: the recovery codes, to be shown this once; else None."""
    with transaction.atomic():
        device = hold(TOTPDevice.objects.filter(user=person, confirmed=False)).first()
        if device is None or not device.verify_token(code):
            return None
        TOTPDevice.objects.filter(user=person, confirmed=True).delete()
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        codes = _new_recovery_codes(person)
        audit(person, "factor.set-up", f"person {person.pk}")
    return codes


def check(person: Person, code: str) -> bool:
    """Whether a code is right. Each works once, also if it is sent twice at the same moment."""
    typed = code.strip().lower().replace(" ", "").replace("-", "")
    with transaction.atomic():
        device = hold(TOTPDevice.objects.filter(user=person, confirmed=True)).first()
        if device is None:
            return False
        if len(typed) <= device.digits:
            return bool(device.verify_token(typed))
        used, _ = RecoveryCode.objects.filter(person=person, digest=digest(typed)).delete()
        if used:
            audit(person, "factor.recovery", f"person {person.pk}")
        return bool(used)


def remove(by: Person, person: Person) -> None:
    """Forget the app and the recovery codes, as when the phone is lost."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=person).delete()
        RecoveryCode.objects.filter(person=person).delete()
        audit(by, "factor.remove", f"person {person.pk}")


def _new_recovery_codes(person: Person) -> list[str]:
    RecoveryCode.objects.filter(person=person).delete()
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create([RecoveryCode(person=person, digest=digest(code)) for code in codes])
    return ["-".join(code[place : place + 4] for place in range(0, 16, 4)) for code in codes]
