"""The cast of the platform's tests, and what they do more than once.

Aoi counsels, Midori is the client, Sumire is a stranger to their session, Jimu is the administrator, and Renshu is the
program that plays the practice client.
"""

from collections.abc import Iterable
from uuid import uuid4

from django.utils import timezone

from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts import consent
from kokorochat.web.accounts.actions import add_person
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Event, Feedback, Session

WORK = (TopicClass.WORKPLACE, "上司との関係")


def a_member(username: str, display_name: str) -> Person:
    """Somebody who has accepted the consent text, and may enter a session."""
    person = add_person(None, username, display_name)
    accept_consent(person)
    return person


def accept_consent(person: Person) -> None:
    """Accept the text in force."""
    text = consent.in_force()
    assert text is not None
    assert consent.accept(person, text.version)


def a_session(counselor: Person, client: Person, **options: object) -> Session:
    return actions.pair(None, counselor, client, start=timezone.now(), **options)


def talk(session: Session, *texts: str) -> list[Event]:
    """The two in turns; the counselor opens."""
    people = (session.counselor, session.client)
    return [actions.say(session.pk, people[place % 2], uuid4(), text) for place, text in enumerate(texts)]


def end(session: Session) -> Event:
    return actions.end(session.pk, session.counselor, uuid4())


def rating(value: int = 4, **others: int) -> dict[str, int]:
    return dict.fromkeys(ITEM_KEYS, value) | others


def rate(session: Session, checks: Iterable[str] = (), **others: int) -> Feedback:
    return actions.give_feedback(session.pk, session.client, rating(**others), set(checks), WORK)


def played(counselor: Person, client: Person, *texts: str) -> Session:
    """A session that is talked, ended and rated."""
    session = a_session(counselor, client)
    talk(session, *(texts or ("こんにちは。", "眠れません。", "そうですか。", "はい。")))
    end(session)
    rate(session)
    return Session.objects.get(pk=session.pk)


def numbers(session: Session) -> list[int]:
    return list(Event.objects.filter(session=session).order_by("number").values_list("number", flat=True))
