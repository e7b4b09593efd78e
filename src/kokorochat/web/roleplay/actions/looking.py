"""An administrator reads a talk: recorded each time, and without the record there is no talk to be read."""

from datetime import timedelta

from django.core import signing

from kokorochat.web.accounts import chain
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.actions.refused import not_found
from kokorochat.web.roleplay.models import Session

LOOK_LASTS = timedelta(hours=6)
"""How long a page that was opened may ask for what is new: twice the longest session. After that it is opened again."""


def open_talk(session: Session, by: Person, sign_in: str) -> str:
    """Record that an administrator opens a talk, and give the pass by which that page may fetch it.

    Args:
        sign_in: key of the sign-in under which it is opened; the pass ends with it.

    Raises:
        RefusedError: not an administrator.
    """
    if not by.is_staff:
        raise not_found()
    action = "talk.read" if session.ended_at else "talk.watch"
    entry = chain.add(by, action, f"session {session.pk}")
    return signing.dumps([by.pk, session.pk, entry.number], salt=_salt(sign_in))


def _salt(sign_in: str) -> str:
    # It goes into what is signed and can't be read from the pass, which stands in an address.
    return f"kokorochat.look {sign_in}"


def may_read(pass_: str, session_id: int, person: Person, sign_in: str) -> bool:
    """Whether a pass was given to this person for this session, under this sign-in, and lately enough."""
    try:
        by, of, _ = signing.loads(pass_, salt=_salt(sign_in), max_age=LOOK_LASTS)
    except signing.BadSignature:
        return False
    return person.is_staff and (by, of) == (person.pk, session_id)
