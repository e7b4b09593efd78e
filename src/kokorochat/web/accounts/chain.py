"""The chain of the audit trail: each row carries the code of the row before and its own.

A code is an HMAC of the row under the platform's secret key. So whoever can write to the database, but does not know
the key, can neither change a row nor take one out nor slip one in without `first_fault` telling. Only rows at the very
end can be taken off unseen, by setting the head back too: against that, a code that was noted elsewhere is looked up.
"""

import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from kokorochat.web.accounts.models import AuditEntry, AuditHead, Person
from kokorochat.web.locks import hold

_SALT = "kokorochat.audit"


@dataclass(frozen=True)
class ChainFault:
    """The first row at which the chain breaks.

    Attributes:
        number: of the row, from 1.
        what: `changed`, `missing`, or `unknown code` for a noted code that no row has any more.
    """

    number: int
    what: str


def code_of(
    number: int,
    at: datetime,
    by: int | None,
    action: str,
    subject: str,
    previous: str,
    secret: str | bytes | None = None,
) -> str:
    """The code of a row, 64 hexadecimal digits. What is signed: the fields as one JSON list in UTF-8, time in UTC."""
    fields = [number, at.astimezone(UTC).isoformat(timespec="microseconds"), by, action, subject, previous]
    row = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return salted_hmac(_SALT, row, secret=secret, algorithm="sha256").hexdigest()


def add(by: Person | None, action: str, subject: str) -> AuditEntry:
    """The next row, in the transaction of the deed: no deed without its row, no row without its deed.

    The head is locked until that transaction ends, so that processes add one after the other; it is the last lock
    (locks.py).
    """
    with transaction.atomic():
        head, _ = hold(AuditHead.objects.all()).get_or_create(pk=1)
        number, at, by_id = head.number + 1, timezone.now(), by.pk if by else None
        code = code_of(number, at, by_id, action, subject, head.code)
        entry = AuditEntry.objects.create(
            number=number, at=at, by=by, action=action, subject=subject, previous=head.code, code=code
        )
        head.number, head.code = number, code
        head.save(update_fields=["number", "code"])
    return entry


def head() -> AuditHead:
    """The newest row's number and code, 0 and empty before the first."""
    return AuditHead.objects.filter(pk=1).first() or AuditHead(pk=1)


def first_fault(known: str = "") -> ChainFault | None:
    """Read the whole trail; None if it is as it was written.

    Args:
        known: the code of a row, noted at an earlier look and kept elsewhere.
    """
    with transaction.atomic():
        # Under the lock: a row that is added meanwhile would be read without its head.
        end = hold(AuditHead.objects.filter(pk=1)).first() or AuditHead(pk=1)
        number, code, seen = 0, "", not known
        for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=2000):
            if entry.number != number + 1:
                return ChainFault(number + 1, "missing")
            number += 1
            if entry.previous != code or not _is_own(entry):
                return ChainFault(number, "changed")
            code = entry.code
            seen = seen or hmac.compare_digest(code, known)
        if end.number > number:
            return ChainFault(number + 1, "missing")
        if (end.number, end.code) != (number, code):
            return ChainFault(number, "changed")
        return None if seen else ChainFault(number, "unknown code")


def _is_own(entry: AuditEntry) -> bool:
    """Whether a row has its own code, under today's key or one that it has replaced."""
    fields = (entry.number, entry.at, entry.by_id, entry.action, entry.subject, entry.previous)
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(entry.code, code_of(*fields, secret=secret)) for secret in secrets)
