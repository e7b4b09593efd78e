"""Rows of a session. They change in actions.py alone and are read through queries.py."""

import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kokorochat.domain.dialogue import Role
from kokorochat.domain.topic import TopicClass
from kokorochat.web.roleplay.fields import JSONTextField


def _code() -> str:
    return secrets.token_urlsafe(12)


class Session(models.Model):
    """One role-play of two people.

    Attributes:
        code: the name in addresses; tells nothing and can't be guessed. Who may enter is checked all the same.
        last_number: the number of the newest event; the row is locked while it grows, so numbers have no gap.
        counselor_seen, client_seen: up to which number each one's screen has shown the talk.
    """

    code = models.CharField(max_length=24, unique=True, default=_code)
    counselor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="counseled_sessions")
    client = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="client_sessions")
    planned_start = models.DateTimeField()
    planned_minutes = models.PositiveSmallIntegerField(default=60)
    topic_main = models.CharField(max_length=40, blank=True, choices=[(t.value, t.value) for t in TopicClass])
    topic_sub = models.CharField(max_length=200, blank=True)
    client_state = models.TextField(blank=True, max_length=1000)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    last_number = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    counselor_seen = models.PositiveIntegerField(default=0)
    client_seen = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~models.Q(counselor=models.F("client")), name="two_people_in_a_session"),
        )
        indexes = (models.Index(fields=["planned_start"], name="session_by_start"),)

    def __str__(self) -> str:
        return f"session {self.pk}"

    def role_of(self, person_id: int | None) -> Role | None:
        """The role that a person plays here, None for a stranger."""
        if person_id is not None and person_id == self.counselor_id:
            return Role.COUNSELOR
        return Role.CLIENT if person_id is not None and person_id == self.client_id else None

    @property
    def topic(self) -> TopicClass | None:
        """The topic's class, None as long as it is left to the client."""
        return TopicClass(self.topic_main) if self.topic_main else None

    @property
    def is_practice(self) -> bool:
        """Whether a program plays one of the roles."""
        return self.counselor.is_program or self.client.is_program

    @property
    def minutes(self) -> int | None:
        """Whole minutes from the first message to the end; None if it has not ended or nobody spoke."""
        if self.started_at is None or self.ended_at is None:
            return None
        return int((self.ended_at - self.started_at).total_seconds() // 60)


class Event(models.Model):
    """Something that happened in a session, numbered from 1 without a gap: a message, or the end.

    Attributes:
        message_id: made by the sender's device before the first try; a repeat of it is answered, not stored again.
        at: the server's time, never before that of the event before.
    """

    class Kind(models.TextChoices):
        """What kind of event it is."""

        UTTERANCE = "utterance", _("message")
        END = "end", _("end of the session")

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=12)
    message_id = models.UUIDField()
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["session", "number"], name="one_event_for_each_number"),
            models.UniqueConstraint(fields=["session", "sender", "message_id"], name="a_message_is_stored_once"),
        )
        ordering = ("session", "number")

    def __str__(self) -> str:
        return f"event {self.number} of session {self.session_id}"


class Feedback(models.Model):
    """The client's rating, given once. `items` and `checks` hold the keys of domain.feedback."""

    session = models.OneToOneField(Session, on_delete=models.PROTECT, related_name="feedback")
    items = JSONTextField()
    checks = JSONTextField(default=list)
    total = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=40)
    given_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"feedback on session {self.session_id}"


class Estimate(models.Model):
    """A model's guess at the twenty items, made at the end; never mixed with the client's own."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="estimate")
    items = JSONTextField()
    model = models.CharField(max_length=200)
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"estimate for session {self.session_id}"
