"""Whose LINE account it is: a person sees a code on their page, once, and types it on LINE.

Eight digits, ten minutes, one use, and five wrong guesses an hour for a LINE account: with thirty codes open at once a
guess hits with 3 in 10,000,000, and each needs a fresh telephone number for every five of them.
"""

import secrets
import unicodedata
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kokorochat.web.accounts.actions import audit, end_sign_in_links
from kokorochat.web.accounts.models import Person
from kokorochat.web.locks import hold
from kokorochat.web.transports.line import notices, relays
from kokorochat.web.transports.line.models import Account, LinkCode
from kokorochat.web.transports.line.sealing import digest_of, seal

DIGITS = 8
LIFETIME = timedelta(minutes=10)
WRONG_MOST, WRONG_WITHIN = 5, timedelta(hours=1)


def make_code(person: Person) -> str:
    """A new code for a person, as `1234 5678`; an older one ends with this. It can't be shown again."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    with transaction.atomic():
        LinkCode.objects.filter(digest=_digest(code)).delete()
        LinkCode.objects.update_or_create(
            person=person, defaults={"digest": _digest(code), "expires_at": timezone.now() + LIFETIME}
        )
        audit(person, "line.code", f"person {person.pk}")
    return f"{code[:4]} {code[4:]}"


def looks_like_code(text: str) -> bool:
    """Whether a message is a code and nothing else, in digits of any width, with or without the space."""
    return len(_plain(text)) == DIGITS and _plain(text).isdecimal()


def redeem(account: Account, text: str, stamp: int = 0) -> tuple[str, str]:
    """Link the account to the person whose code this is, and give the notice (its name, its words) that answers it.

    A person's earlier LINE account loses the link: one account for one person.

    Args:
        stamp: LINE's time of the message, in ms: what was written before it is not this person's.
    """
    if account.person is not None:
        return "taken", notices.taken()
    now = timezone.now()
    if account.wrong_since is None or account.wrong_since < now - WRONG_WITHIN:
        account.wrong_since, account.wrong_codes = None, 0
    if account.wrong_codes >= WRONG_MOST:
        return "too-many", notices.too_many_codes()
    code = (
        hold(LinkCode.objects.filter(digest=_digest(_plain(text)), expires_at__gt=now, person__is_active=True))
        .select_related("person")
        .first()
    )
    if code is None:
        account.wrong_codes += 1
        account.wrong_since = account.wrong_since or now
        account.save(update_fields=["wrong_codes", "wrong_since"])
        return "wrong-code", notices.wrong_code()
    person = code.person
    code.delete()
    _link(account, person, stamp)
    return "linked", notices.linked(person)


def link(person: Person, user_id: str) -> None:
    """Link the account of a LINE id whose owner is known without a code, as the demo knows its own phone's."""
    with transaction.atomic():
        sealed = {"sealed_user": seal(user_id.encode())}
        account, _ = hold(Account.objects.all()).get_or_create(digest=digest_of(user_id), defaults=sealed)
        if account.person != person:
            _link(account, person, account.heard_to)


def _link(account: Account, person: Person, stamp: int) -> None:
    was_linked = _take_away(person)
    account.person, account.linked_at, account.linked_stamp = person, timezone.now(), stamp
    account.save(update_fields=["person", "linked_at", "linked_stamp", "wrong_codes", "wrong_since"])
    relays.restore(account)
    if was_linked:
        audit(person, "line.unlink", f"person {person.pk}")
    audit(person, "line.link", f"person {person.pk}")


def unlink(person: Person) -> None:
    """Take the link away, if there is one, with the sign-in links in that chat; what is open goes on on the page."""
    with transaction.atomic():
        if _take_away(person):
            audit(person, "line.unlink", f"person {person.pk}")


def _take_away(person: Person) -> bool:
    """The same without its audit row, which comes last (locks.py); whether there was a link."""
    account = hold(Account.objects.filter(person=person)).first()
    if account is None:
        return False
    relays.leave(account)
    account.person, account.linked_at = None, None
    account.save(update_fields=["person", "linked_at"])
    end_sign_in_links(person, "line")
    return True


def _plain(text: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKC", text) if character not in " -\n\t")


def _digest(code: str) -> str:
    return digest_of(f"code:{code}")
