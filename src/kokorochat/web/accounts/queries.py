"""Who may stay signed in."""

from collections.abc import Collection
from typing import NamedTuple

from django.contrib.sessions.models import Session as StoredSignIn
from django.utils import timezone

from kokorochat.web.accounts.models import Person

AT_ONCE = 500
"""Keys in one question; a database takes some thousands."""


class SignIn(NamedTuple):
    """One sign-in of one person: signing out, or somebody else's sign-in in that browser, ends its key."""

    key: str
    person: int


def holding(sign_ins: Collection[SignIn]) -> set[SignIn]:
    """Those that still hold: neither signed out nor expired, and the person is active. Two queries for each 500."""
    found: set[SignIn] = set()
    ordered = sorted(sign_ins)
    for some in (ordered[first : first + AT_ONCE] for first in range(0, len(ordered), AT_ONCE)):
        keys = set(
            StoredSignIn.objects.filter(
                session_key__in=[one.key for one in some], expire_date__gt=timezone.now()
            ).values_list("session_key", flat=True)
        )
        active = set(
            Person.objects.filter(pk__in={one.person for one in some}, is_active=True).values_list("pk", flat=True)
        )
        found |= {one for one in some if one.key in keys and one.person in active}
    return found
