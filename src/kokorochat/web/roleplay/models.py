"""Rows of a session. They change in actions/ alone and are read through queries.py."""

import re
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kokorochat.domain.dialogue import Role, is_out_of_role
from kokorochat.domain.topic import TopicClass
from kokorochat.web.roleplay.feedback_models import FeedbackDraft as FeedbackDraft
from kokorochat.web.roleplay.feedback_models import FeedbackNotice as FeedbackNotice
from kokorochat.web.roleplay.fields import JSONTextField

SUPERVISOR = "supervisor"
"""The role of an administrator's event; those of the two people are in domain.dialogue."""


def _code() -> str:
    return secrets.token_urlsafe(12)


class Session(models.Model):
    """One role-play of two people.

    Attributes:
        code: the name in addresses; tells nothing and can't be guessed. Who may enter is checked all the same.
        planned_minutes, extended_minutes: how long it is to take as arranged, and what the counselor has added since.
        suicidal_thoughts: whether they are played; empty as long as it is left to the client.
        topic_by, state_by: the role that has set this condition, empty for whoever arranged the session.
        stopped_at, stopped_for: since when it is stopped now, and how long it was in all stops before.
        last_number: the number of the newest event; the row is locked while it grows, so numbers have no gap.
        counselor_seen, client_seen: up to which number each one's screen has shown the talk.
        counselor_came_at, client_came_at: when each one's page was first open or their first message came, by any door.
        client_door: by which the client takes part besides the phone page: empty, `line`, or `line-` and why it no
            longer goes that way.
        client_accepted, client_uncertain: of the counselor's messages, the newest that the door has taken, and those
            of which it is not known.
    """

    class SuicidalThoughts(models.TextChoices):
        """Whether the client whom one plays has them."""

        NONE = "none", _("no suicidal thoughts")
        PLAYED = "played", _("suicidal thoughts are played")

    code = models.CharField(max_length=24, unique=True, default=_code)
    counselor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="counseled_sessions")
    client = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="client_sessions")
    planned_start = models.DateTimeField()
    planned_minutes = models.PositiveSmallIntegerField(default=60)
    extended_minutes = models.PositiveSmallIntegerField(default=0)
    topic_main = models.CharField(max_length=40, blank=True, choices=[(t.value, t.value) for t in TopicClass])
    topic_sub = models.CharField(max_length=200, blank=True)
    client_state = models.TextField(blank=True, max_length=1000)
    suicidal_thoughts = models.CharField(max_length=8, blank=True, choices=SuicidalThoughts.choices)
    topic_by = models.CharField(max_length=12, blank=True)
    state_by = models.CharField(max_length=12, blank=True)
    conditions_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_for = models.DurationField(default=timedelta)
    last_number = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    counselor_seen = models.PositiveIntegerField(default=0)
    client_seen = models.PositiveIntegerField(default=0)
    counselor_came_at = models.DateTimeField(null=True)
    client_came_at = models.DateTimeField(null=True)
    client_door = models.CharField(max_length=20, blank=True)
    client_accepted = models.PositiveIntegerField(default=0)
    client_uncertain = JSONTextField(default=list)

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
    def program_role(self) -> Role | None:
        """The role that a program plays; None where two people meet."""
        if self.counselor.is_program:
            return Role.COUNSELOR
        return Role.CLIENT if self.client.is_program else None

    @property
    def client_rates(self) -> bool:
        """Whether the client gives feedback: a script has one, but a program that a model plays has no opinion."""
        return not (self.client.is_program and settings.PRACTICE_CLIENT)

    @property
    def is_practice(self) -> bool:
        """Whether a program plays one of the roles."""
        return self.program_role is not None

    @property
    def due_minutes(self) -> int:
        """How many minutes it is to take, with what the counselor has added."""
        return self.planned_minutes + self.extended_minutes

    @property
    def minutes(self) -> int | None:
        """Whole minutes from the first message to the end, without stops; None if not ended or nobody spoke."""
        return self.minutes_at(self.ended_at) if self.ended_at else None

    def minutes_at(self, now: datetime) -> int | None:
        """Whole minutes on the clock at a time, without stops; None if nobody had spoken."""
        if self.started_at is None:
            return None
        until = self.ended_at or self.stopped_at or now
        return int((until - self.started_at - self.stopped_for).total_seconds() // 60)


class Event(models.Model):
    """Something that happened in a session and that both see, numbered from 1 without a gap: mostly a message.

    Attributes:
        role: of the sender; SUPERVISOR for an administrator.
        message_id: made by the sender's device before the first try; a repeat of it is answered, not stored again.
        aside: a message while the session was stopped, or the word that stopped it. It is no play: never exported,
            estimated or answered.
        minutes: by which the session is extended.
        form: of a message: written, or a sticker whose name stands for it.
        about: the number of the message that is withdrawn; its own row stays, without its text.
        at: the server's time, never before that of the event before.
    """

    class Kind(models.TextChoices):
        """What kind of event it is."""

        UTTERANCE = "utterance", _("message")
        END = "end", _("end of the session")
        EXTEND = "extend", _("more time")
        WRAP_UP = "wrap-up", _("coming to the end")
        STOP = "stop", _("stop")
        READY = "ready", _("ready to go on")
        RESUME = "resume", _("going on")
        WITHDRAWN = "withdrawn", _("message taken back")

    class Form(models.TextChoices):
        """What a message was to its sender."""

        TEXT = "text"
        STICKER = "sticker"

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=12)
    message_id = models.UUIDField()
    text = models.TextField(blank=True)
    aside = models.BooleanField(default=False)
    minutes = models.PositiveSmallIntegerField(default=0)
    form = models.CharField(max_length=8, choices=Form.choices, default=Form.TEXT)
    about = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["session", "number"], name="one_event_for_each_number"),
            models.UniqueConstraint(fields=["session", "sender", "message_id"], name="a_message_is_stored_once"),
        )
        ordering = ("session", "number")

    def __str__(self) -> str:
        return f"event {self.number} of session {self.session_id}"

    @property
    def is_withdrawn(self) -> bool:
        """Whether this is what is left of a message that was taken back: none is stored without a text."""
        return self.kind == Event.Kind.UTTERANCE and not self.text

    @property
    def out_of_role(self) -> bool:
        """Whether a message is talk outside the role, by its form or because the session was stopped."""
        return self.kind == Event.Kind.UTTERANCE and (self.aside or is_out_of_role(self.text))


class Alert(models.Model):
    """A call to the administrators. Holds no words: they read what they may where it stands.

    Attributes:
        number: the event that it is about, if there is one.
        raised_at, last_at, times: when it was called for first and last, and how often: as long as it waits, another
            call of its kind is the same alert.
        mailed_at, mail_repeats: when it was last mailed, and how many of the repeats lie behind since it was last
            called for (alert_mail.py).
        mail_claimed_until: a worker is mailing it; no other does until then.
    """

    class Kind(models.TextChoices):
        """Why an administrator is called."""

        STOP = "stop", _("The session was stopped")
        CONTACT = "contact", _("The client asks to be contacted")
        HINT = "hint", _("Crisis words outside the role")

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    number = models.PositiveIntegerField(null=True)
    raised_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    mailed_at = models.DateTimeField(null=True)
    mail_repeats = models.PositiveSmallIntegerField(default=0)
    mail_claimed_until = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["session", "kind"], condition=models.Q(handled_at__isnull=True), name="one_call_of_a_kind_waits"
            ),
        )
        indexes = (models.Index(fields=["handled_at", "raised_at"], name="alert_by_state"),)

    def __str__(self) -> str:
        return f"alert {self.pk} on session {self.session_id}"


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


class Screening(models.Model):
    """What the rules of the corpus say of a rated session; made with the rating, and again when a message is withdrawn.

    Attributes:
        reasons: why the corpus would leave it out, by the names of corpus.filters; and the keys of the checks that are
            set.
        value, alike: the commonest value of the twenty items, and how many have it.
        changed_at: when any of these last became another.
    """

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="screening")
    reasons = JSONTextField(default=list)
    value = models.PositiveSmallIntegerField()
    alike = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"screening of session {self.session_id}"


class Review(models.Model):
    """An administrator has looked at a session, and what they have noted. What happens later asks for another.

    Attributes:
        kinds: what there was to look at, by supervision.Kind.
        until: what had happened by then was looked at: the time of the page from which it was marked.
    """

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="reviews")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()
    kinds = JSONTextField(default=list)
    note = models.TextField(blank=True, max_length=1000)

    def __str__(self) -> str:
        return f"review {self.pk} of session {self.session_id}"


class Estimate(models.Model):
    """A model's guess at the twenty items, made at the end; never mixed with the client's own.

    Attributes:
        reasons: {key: [[number of a message, what it adds to the item in points], …]}, the strongest first; empty from
            a model that gives none. No words: those are read where the messages are.
    """

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="estimate")
    items = JSONTextField()
    reasons = JSONTextField(default=dict)
    model = models.CharField(max_length=200)
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"estimate for session {self.session_id}"


class Note(models.Model):
    """What a counselor keeps for themself on a session: nobody else is shown it, and no export knows it.

    Attributes:
        version: grows with each change; who saves names the one that they have read, so nothing is overwritten unseen.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["session", "author"], name="one_note_of_an_author"),)

    def __str__(self) -> str:
        return f"note on session {self.session_id}"


class HelpLine(models.Model):
    """Where somebody finds help outside the platform; administrators keep the list."""

    position = models.PositiveSmallIntegerField()
    japanese = models.CharField(max_length=80)
    english = models.CharField(max_length=80)
    contact = models.CharField(max_length=200)

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return self.japanese

    @property
    def is_number(self) -> bool:
        """Whether a phone can call it: digits and what parts them, and no address."""
        return re.fullmatch(r"\+?[0-9]+(-[0-9]+)*", self.contact) is not None
