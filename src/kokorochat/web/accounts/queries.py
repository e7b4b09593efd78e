"""Who may stay signed in."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from django.contrib.sessions.models import Session as StoredSignIn
from django.utils import timezone

from kokorochat.web.accounts.models import Person
from kokorochat.web.accounts.sign_in import holds

AT_ONCE = 500
"""Keys in one question; a database takes some thousands."""


Key = TypeVar("Key", int, "SignIn")


def in_questions(keys: Collection[Key]) -> Iterator[list[Key]]:
    """The keys in order, as many at a time as one question may have."""
    ordered = sorted(keys)
    for first in range(0, len(ordered), AT_ONCE):
        yield ordered[first : first + AT_ONCE]


class SignIn(NamedTuple):
    """One sign-in of one person: signing out, or somebody else's sign-in in that browser, ends its key."""

    key: str
    person: int


def holding(sign_ins: Collection[SignIn]) -> set[SignIn]:
    """Those that still hold, by the law of sign_in.py. Two queries for each 500."""
    found: set[SignIn] = set()
    for some in in_questions(sign_ins):
        kept = StoredSignIn.objects.filter(session_key__in=[one.key for one in some], expire_date__gt=timezone.now())
        stored = dict(kept.values_list("session_key", "session_data"))
        people = Person.objects.in_bulk({one.person for one in some})
        for one in some:
            data, person = stored.get(one.key), people.get(one.person)
            if data and person and holds(_decoded(data), person):
                found.add(one)
    return found


@lru_cache(maxsize=2048)
def _decoded(data: str) -> Mapping[str, Any]:
    # Open screens ask every two seconds, and what is stored changes once in half an hour.
    return MappingProxyType(StoredSignIn(session_data=data).get_decoded())
