"""Rows around a feedback that is awaited: what the client has answered so far, and who was told of it by which door."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from kokorochat.web.roleplay.fields import JSONTextField


class FeedbackDraft(models.Model):
    """The answers of a feedback that is not sent yet. The client alone is shown them; no export and no list has them.

    Attributes:
        answers: {name of a field of the form: its value as the form sends it}; what is not answered is missing.
        version: grows with each change.
    """

    session = models.OneToOneField("roleplay.Session", on_delete=models.CASCADE, related_name="+")
    answers = JSONTextField(default=dict)
    version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        # Drafts go: the name sets them apart from the tables that only grow, to which a backup is held.
        db_table = "feedback_draft"

    def __str__(self) -> str:
        return f"draft of feedback on session {self.session_id}"


class FeedbackNotice(models.Model):
    """One person is told of one feedback by one door, once. Holds no words; those are made when it is sent.

    Attributes:
        step: of a reminder, which: 1 for the first; 0 for the other kinds.
        door: empty as long as it is not chosen, and where there is none.
        tries, due_at: how often it was tried, and when it may be tried next, or was begun to be tried.
        settled_at: when it came to its last state.
    """

    class Kind(models.TextChoices):
        """What the person is told."""

        REMINDER = "reminder"  # to the client, who has not given it yet
        CAME = "came"  # to the counselor
        LATE = "late"  # to the administrators: the client was reminded in vain

    class Door(models.TextChoices):
        """By which way."""

        NONE = ""
        LINE = "line"
        MAIL = "mail"

    class State(models.TextChoices):
        """Where it stands.

        `tried` is a mail whose sending has begun. Whoever dies then leaves it so, and it becomes `uncertain`: nobody
        can ask whether a mail went.
        """

        WAITING = "waiting"
        TRIED = "tried"
        SENT = "sent"
        UNCERTAIN = "uncertain"
        REFUSED = "refused"
        DROPPED = "dropped"

    session = models.ForeignKey("roleplay.Session", on_delete=models.CASCADE, related_name="feedback_notices")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    step = models.PositiveSmallIntegerField(default=0)
    door = models.CharField(max_length=4, choices=Door.choices, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session", "person", "kind", "step", "door"], name="told_of_feedback_once_by_a_door"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["state", "due_at"], name="feedback_notice_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.step} on session {self.session_id} to person {self.person_id}"
