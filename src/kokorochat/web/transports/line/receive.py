"""From one event of LINE to what it does on the platform."""

import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid5

from django.utils import timezone

from kokorochat.web.accounts import consent
from kokorochat.web.accounts.models import Person
from kokorochat.web.locks import hold
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.roleplay.models import Alert, Event, Session
from kokorochat.web.transports.line import linking, notices, outbox, relays
from kokorochat.web.transports.line.models import Account, InboundEvent, ReplyToken
from kokorochat.web.transports.line.payloads import Incoming, Message, words_of
from kokorochat.web.transports.line.sessions import session_of_message

logger = logging.getLogger(__name__)

REPLY_WINDOW = timedelta(seconds=55)
"""How long after an event its free reply is used: LINE allows a minute."""

_OF_NO_CONCERN = frozenset(
    [
        "join",
        "leave",
        "memberJoined",
        "memberLeft",
        "videoPlayComplete",
        "beacon",
        "membership",
        "module",
        "activated",
        "deactivated",
        "botResumed",
        "delivery",
        "postback",
        "accountLink",
        "things",
    ]
)
_MEDIA = frozenset({"image", "video", "audio", "file", "location"})
_MESSAGE_IDS = UUID("0b6b1b0e-3f0f-5f0a-9a52-6c1e6b9d7a10")
"""The namespace in which LINE's message ids become ours."""

State = InboundEvent.State


def message_uuid(line_message_id: str) -> UUID:
    """Our id of a message on LINE: always the same, so that a message that comes twice is stored once."""
    return uuid5(_MESSAGE_IDS, line_message_id)


def act(account: Account | None, event: InboundEvent, incoming: Incoming) -> State:
    """Do what an event asks for, inside the transaction in which it is marked as dealt with."""
    if incoming.type == "botSuspended":
        logger.error("LINE has suspended the official account: nothing goes out until it is lifted")
    if incoming.mode == "standby" or incoming.source.type in ("group", "room"):
        return State.IGNORED
    if account is None:
        return State.IGNORED if incoming.type in _OF_NO_CONCERN else State.UNKNOWN
    _keep_reply_token(account, event, incoming)
    match incoming.type:
        case "message" if incoming.message:
            return _hear(account, event, incoming.message)
        case "unsend" if incoming.unsend:
            return _unsend(event)
        case "follow" | "unfollow":
            return _follow(account, event, followed=incoming.type == "follow")
        case "message" | "unsend":
            return State.MALFORMED
    return State.IGNORED if incoming.type in (*_OF_NO_CONCERN, "botSuspended") else State.UNKNOWN


def _keep_reply_token(account: Account, event: InboundEvent, incoming: Incoming) -> None:
    # Whether the token of a redelivered event still works is not sure; one that was used doesn't.
    until = event.received_at + REPLY_WINDOW
    token = incoming.reply_token
    usable = 0 < len(token) <= 255 and token.isprintable() and not incoming.delivery_context.is_redelivery
    if usable and until > timezone.now():
        ReplyToken.objects.get_or_create(token=token, defaults={"account": account, "usable_until": until})


def _hear(account: Account, event: InboundEvent, message: Message) -> State:
    """A person has sent something."""
    if InboundEvent.objects.filter(kind="unsend", sender=event.sender, message_id=message.id).exists():
        return State.UNSENT
    if account.person is None:
        if message.type == "text" and linking.looks_like_code(message.text):
            outbox.notify(account, *linking.redeem(account, message.text, event.stamp))
        else:
            outbox.notify(account, "not-linked", notices.not_linked())
        return State.DONE
    if event.stamp <= account.linked_stamp:
        return State.DECLINED  # it comes late, from when the account was somebody else's or nobody's
    at = min(datetime.fromtimestamp(event.stamp / 1000, UTC), timezone.now())
    session = session_of_message(account.person, at) if account.person.is_active else None
    if session is None:
        if message.type == "text" and linking.looks_like_code(message.text):
            outbox.notify(account, *linking.redeem(account, message.text))
        else:
            outbox.notify(account, "no-session", notices.no_session())
        return State.DECLINED
    if message.type not in ("text", "sticker"):
        outbox.notify(account, "media", notices.media())
        return State.DECLINED if message.type in _MEDIA else State.UNKNOWN
    if consent.due(account.person, session.started_at) and not _calls_for_help(message):
        if not outbox.is_told(account, "consent"):
            outbox.notify(account, "consent", notices.consent(session), session=session)
        return State.DECLINED
    event.session = session
    try:
        _say(session.pk, account.person, message, at)
    except actions.RefusedError as refused:
        outbox.notify(account, "refused", notices.refused(refused))
        return State.DECLINED
    return State.DONE


def _calls_for_help(message: Message) -> bool:
    return message.type == "text" and actions.is_stop_word(message.text)


def _say(session_id: int, person: Person, message: Message, at: datetime) -> None:
    message_id = message_uuid(message.id)
    form = Event.Form.STICKER if message.type == "sticker" else Event.Form.TEXT
    say = partial(actions.say, session_id, person, message_id, words_of(message), form=form, said_at=at)
    goes_on = message.type == "text" and actions.is_go_on_word(message.text)
    session = hold(Session.objects.filter(pk=session_id)).get()
    if session.ended_at is not None:
        # Said before the end and heard after it: there is nothing to stop any more, or to go on with, but the words are
        # kept, outside the play, and somebody may have called.
        say(aside=goes_on or _calls_for_help(message))
        if _calls_for_help(message):
            actions.raise_alert(session_id, Alert.Kind.CONTACT)
    elif _calls_for_help(message):
        actions.stop(session_id, person, message_id)
    elif goes_on and actions.is_stopped(session, at) and _may_answer_stop(session, person, at):
        actions.resume(session_id, person, message_id)
    else:
        say()


def _may_answer_stop(session: Session, person: Person, at: datetime) -> bool:
    """Whether what was said at that time may be about the newest stop: one's own, or one that had come by then.

    One's own was said on LINE too, perhaps, and has the time at which it was read.
    """
    newest = queries.newest_event(session, Event.Kind.STOP)
    return newest is not None and (newest.sender_id == person.pk or newest.at <= at)


def _unsend(event: InboundEvent) -> State:
    """A person takes a message back: it goes from the talk, and from what waits here to be dealt with."""
    brought = InboundEvent.objects.filter(kind="message", sender=event.sender, message_id=event.message_id)
    brought.filter(state=State.WAITING).update(state=State.UNSENT, done_at=timezone.now())
    brought.update(payload="")
    sessions = brought.exclude(session=None).values_list("session", flat=True)
    for said in Event.objects.filter(
        session__in=sessions, message_id=message_uuid(event.message_id), kind=Event.Kind.UTTERANCE
    ).select_related("sender"):
        actions.withdraw(said.session_id, said.sender, said.message_id)
    return State.DONE


def _follow(account: Account, event: InboundEvent, *, followed: bool) -> State:
    """A person adds the official account as a friend, or blocks it. What is older than the newest is of no concern."""
    if event.stamp < account.follow_stamp:
        return State.IGNORED
    account.followed, account.follow_stamp = followed, event.stamp
    account.save(update_fields=["followed", "follow_stamp"])
    if followed:
        relays.restore(account)
        if account.person is None:
            outbox.notify(account, "not-linked", notices.not_linked())
    else:
        relays.move_all(account, relays.Moved.BLOCKED)
    return State.DONE
