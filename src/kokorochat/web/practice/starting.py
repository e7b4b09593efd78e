"""A session that somebody starts alone, with a program as the partner."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts.actions import add_person
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Session

_NAME = "program:practice"
"""A sign-in name that no form accepts, so that nobody else has it."""


def roles() -> tuple[Role, ...]:
    """Those that can be practised alone: for the client's role a model must play the counselor."""
    return (Role.COUNSELOR, Role.CLIENT) if settings.PRACTICE_COUNSELOR else (Role.COUNSELOR,)


def start(person: Person, role: Role, conditions: actions.Conditions) -> Session:
    """A session in which `person` plays `role`; one that was started alike, and in which nothing is said yet, again."""
    topic = conditions.topic.value if conditions.topic else ""
    mine, other = role.value, role.partner.value
    unused = Session.objects.filter(
        **{mine: person, f"{other}__is_program": True},
        topic_main=topic,
        topic_sub=conditions.topic_sub,
        started_at=None,
        ended_at=None,
    ).last()
    if unused is not None:
        return unused
    people = {mine: person, other: _program()}
    return actions.pair(person, people["counselor"], people["client"], start=timezone.now(), conditions=conditions)


def _program() -> Person:
    """The program that people practise with, added when it is first wanted."""
    programs = Person.objects.filter(is_program=True).order_by("pk")
    found = programs.first()
    if found is None:
        try:
            with transaction.atomic():
                found = add_person(None, _NAME, "練習相手（プログラム）", program=True)
        except IntegrityError:  # somebody else's first practice, at the same moment
            found = programs.get()
    return found
