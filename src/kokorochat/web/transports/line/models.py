"""The door's own rows: who is who on LINE, what came, what goes. Words of a talk stand in `roleplay.Event` alone."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone

from kokorochat.web.roleplay.models import FeedbackNotice, Session


class Account(models.Model):
    """A LINE account that has written to us, and whose it is. The only row that holds a LINE id, and it is sealed.

    Attributes:
        digest: a keyed hash of the id, by which the account is found.
        person: None as long as no code was typed, or after the link was taken away.
        linked_stamp: LINE's time of the code, in ms; what was written before is not this person's.
        followed: whether messages can reach it; False after a block.
        follow_stamp, heard_to: LINE's time, in ms, of the newest follow or block, and of the newest event at all.
        wrong_codes, wrong_since: how many codes were guessed wrong since when; the limit is in linking.py.
        busy_until: a worker is sending to it, or it rests after a fault; nothing else is sent until then.
    """

    digest = models.CharField(max_length=64, unique=True)
    sealed_user = models.TextField()
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="line_account"
    )
    linked_at = models.DateTimeField(null=True)
    linked_stamp = models.BigIntegerField(default=0)
    followed = models.BooleanField(default=True)
    follow_stamp = models.BigIntegerField(default=0)
    heard_to = models.BigIntegerField(default=0)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    wrong_since = models.DateTimeField(null=True)
    busy_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"LINE account {self.pk}"


class LinkCode(models.Model):
    """The code that a person types on LINE to say who they are. Only its keyed hash is stored."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"LINE code of {self.person_id}"


class InboundEvent(models.Model):
    """One event as LINE brought it, stored before anything is done with it.

    Attributes:
        event_id: LINE's `webhookEventId`; a hash of the bytes where there is none.
        sender: the digest of the sender's id; empty where there is none.
        stamp: LINE's time in ms, by which a person's events are ordered.
        message_id: LINE's id of the message that is brought or taken back.
        session: to which a message went.
        payload: the JSON, sealed; emptied when it has been dealt with, kept of what was not understood.
        late: it came after a newer one of the same sender had been dealt with. Noted for whoever looks into a talk that
            reads oddly; shown on no page.
    """

    class State(models.TextChoices):
        """What has become of it."""

        WAITING = "waiting"
        DONE = "done"
        IGNORED = "ignored"
        DECLINED = "declined"
        UNSENT = "unsent"
        UNKNOWN = "unknown"
        MALFORMED = "malformed"
        FAILED = "failed"

    event_id = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=40)
    sender = models.CharField(max_length=64, blank=True)
    stamp = models.BigIntegerField()
    message_id = models.CharField(max_length=64, blank=True)
    session = models.ForeignKey(Session, on_delete=models.SET_NULL, null=True, related_name="+")
    payload = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    late = models.BooleanField(default=False)
    received_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["state", "received_at"], name="line_event_waiting"),
            models.Index(fields=["message_id"], name="line_event_by_message"),
        )

    def __str__(self) -> str:
        return f"LINE event {self.event_id}"


class ReplyToken(models.Model):
    """A free answer that LINE allows for a short while after an event."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="reply_tokens")
    token = models.CharField(max_length=255, unique=True)
    usable_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"reply token of {self.account_id}"


class Relay(models.Model):
    """One session's way over LINE.

    Attributes:
        copied: up to which number the talk has been looked at for what goes out.
        opened_at: since when the session is the client's on LINE.
        moved: why the talk goes on on the phone page, empty as long as it goes over LINE.
        conditions: the version of the conditions that the client was told, None before; conditions_digest: a keyed hash
            of what others had set in it.
        conditions_due: when the client is told a later one.
        helper_told: the key of the newest alert of which the client was told who looks after it.
    """

    class Moved(models.TextChoices):
        """Why nothing more is sent over LINE; `CONSENT`: nothing yet, the client has a text to accept first.

        `ANOTHER`: another session of the client has taken its place.
        """

        QUOTA = "quota"
        BLOCKED = "blocked"
        UNLINKED = "unlinked"
        REFUSED = "refused"
        CONSENT = "consent"
        ANOTHER = "another"

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="line_relay")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="relays")
    copied = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(default=timezone.now)
    moved = models.CharField(max_length=12, blank=True, choices=Moved.choices)
    conditions = models.PositiveIntegerField(null=True)
    conditions_digest = models.CharField(max_length=64, blank=True)
    conditions_due = models.DateTimeField(null=True)
    helper_told = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"LINE relay of session {self.session_id}"


class Outgoing(models.Model):
    """One message to a LINE account: an utterance of the counselor, or a notice of ours.

    Attributes:
        number: of the event in the session that it carries or tells of; None for a notice without one.
        feedback_notice: that it brings, if it tells of a feedback; it belongs to no session then, for it takes no
            part in one's way over LINE.
        notice: which notice; empty for an utterance, whose words stay in the event and are read when it is sent.
        sealed_text: a notice's words, sealed, until LINE has them.
        free: it is worth a reply but not a counted push; it waits for a reply token until `expires_at`.
        retry_key: LINE takes a push with it once; stored before the first try.
        reply_token, reply_until: with which it was tried; the answer to that try may be missing.
        hold_until: it may be seen on the phone page until then, and need not be sent.
        unclear: a push was tried of which LINE has not said that it did not take it.
        first_push_at: from when the key's life counts; with one it is never sent as a reply any more.
    """

    class State(models.TextChoices):
        """Where it stands. Nothing is called delivered: LINE does not tell."""

        WAITING = "waiting"
        ACCEPTED = "accepted"
        UNCERTAIN = "uncertain"
        REFUSED = "refused"
        PAGE = "page"
        DROPPED = "dropped"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="outgoing")
    session = models.ForeignKey(Session, on_delete=models.CASCADE, null=True, related_name="+")
    number = models.PositiveIntegerField(null=True)
    feedback_notice = models.OneToOneField(FeedbackNotice, on_delete=models.CASCADE, null=True, related_name="+")
    notice = models.CharField(max_length=20, blank=True)
    sealed_text = models.TextField(blank=True)
    free = models.BooleanField(default=False)
    retry_key = models.UUIDField(default=uuid4, unique=True)
    reply_token = models.CharField(max_length=255, blank=True)
    reply_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    pushed = models.BooleanField(default=False)
    unclear = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    first_push_at = models.DateTimeField(null=True)
    hold_until = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["session", "number"], name="line_carries_an_event_once"),)
        indexes = (models.Index(fields=["state", "account"], name="line_outgoing_waiting"),)

    def __str__(self) -> str:
        return f"LINE message {self.pk}"


class Quota(models.Model):
    """How many messages LINE lets us push in a month and has counted, as it last told; one row.

    Attributes:
        limit: None where the plan has none.
    """

    limit = models.PositiveIntegerField(null=True)
    used = models.PositiveIntegerField()
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"LINE quota {self.used} of {self.limit}"
