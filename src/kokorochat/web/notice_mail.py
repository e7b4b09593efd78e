"""Notices of feedback by mail: a link and no word of a talk or a rating.

Mail has no key by which a second one could be told from the first. So a notice is marked before it is handed to the
mail server: what is surely not taken is tried again, and what may have been taken is not. The connection is opened
before the mark, so little can go wrong after it.
"""

import logging
import smtplib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kokorochat.web.roleplay import reminding
from kokorochat.web.roleplay.actions import notices
from kokorochat.web.roleplay.actions.notices import When
from kokorochat.web.roleplay.models import FeedbackNotice, Session

logger = logging.getLogger(__name__)

GONE_AFTER = timedelta(minutes=5)
"""A sender that has not come back for so long is dead; the mail server is waited for 20 s at each step."""
BACKOFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
MOST_TRIES = 24

Door, Kind, State = FeedbackNotice.Door, FeedbackNotice.Kind, FeedbackNotice.State


def send_due() -> bool:
    """Mail the oldest notice that waits; a duty of the worker. Whether there was one.

    Raises:
        OSError: the mail server can't be reached; the notice stays due.
    """
    now = timezone.now()
    notices.settle_what_died(Door.MAIL, now, GONE_AFTER)
    due = FeedbackNotice.objects.filter(door=Door.MAIL, state=State.WAITING, due_at__lte=now)
    if not settings.MAILS or not due.exists():
        return False
    with get_connection() as connection:
        notice = notices.claim(Door.MAIL, now)
        if notice is not None:
            _send(notice, connection, now)
    return notice is not None


def _send(notice: FeedbackNotice, connection: BaseEmailBackend, now: datetime) -> None:
    when = notices.when(notice, now) if notice.person.email else When.NEVER
    if when is When.NEVER:
        return notices.settle(notice.pk, State.DROPPED)
    if when is When.LATER:
        return notices.put_off(notice, now + reminding.LOOK_AGAIN, was_tried=False)
    with translation.override(settings.LANGUAGE_CODE):
        subject, text = _words(notice)
    message = EmailMessage(
        f"KokoroChat: {subject}", text, None, [notice.person.email], headers=_headers(notice), connection=connection
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refused:
        surely_never = all(code >= 500 for code, _ in refused.recipients.values())
        _not_taken(notice, now, for_good=surely_never)
    except smtplib.SMTPResponseException:
        _not_taken(notice, now)  # an answer that is no yes
    except (smtplib.SMTPException, OSError) as fault:
        logger.warning("the mail server did not answer (%s): a notice may not have gone", type(fault).__name__)
        notices.settle(notice.pk, State.UNCERTAIN)
    else:
        notices.settle(notice.pk, State.SENT)
    return None


def _not_taken(notice: FeedbackNotice, now: datetime, for_good: bool = False) -> None:
    if for_good or notice.tries >= MOST_TRIES:
        logger.warning("the mail server refuses notice %d", notice.pk)
        notices.settle(notice.pk, State.REFUSED)
    else:
        notices.put_off(notice, now + BACKOFF[min(notice.tries, len(BACKOFF)) - 1], was_tried=True)


def _headers(notice: FeedbackNotice) -> dict[str, str]:
    """One name for one notice, and the mark by which no machine answers it."""
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >")
    return {"Message-ID": f"<feedback-notice-{notice.pk}@{host}>", "Auto-Submitted": "auto-generated"}


def _words(notice: FeedbackNotice) -> tuple[str, str]:
    """Subject and text."""
    match notice.kind:
        case Kind.REMINDER:
            return reminder(notice.session)
        case Kind.CAME:
            return came(notice.session)
    return late()


def reminder(session: Session) -> tuple[str, str]:
    """To the client: the form is waiting."""
    text = _(
        "You played the client in the session of %(at)s. Your partner is waiting for your feedback; it takes about "
        "three minutes, and what you have answered already is kept. This link opens the form without a sign-in, for "
        "seven days:\n\n%(link)s\n\nPlease don't pass it on. If the session still weighs on you, leave the feedback "
        "for later; there is help on the page."
    ) % {"at": _at(session), "link": settings.ORIGINS[0] + notices.make_feedback_link(session, Door.MAIL)}
    return _("Please give feedback"), f"{text}\n\n{_why()}\n"


def came(session: Session) -> tuple[str, str]:
    """To the counselor: it is there."""
    text = _("The feedback on your session of %(at)s has come. You can read it here:\n\n%(link)s") % {
        "at": _at(session),
        "link": settings.ORIGINS[0] + reverse("result", args=[session.code]),
    }
    return _("Feedback has come"), f"{text}\n\n{_why()}\n"


def late() -> tuple[str, str]:
    """To an administrator: the platform has reminded as often as it does."""
    text = _(
        "No feedback has come on a session that ended more than a week ago. The client is not reminded any more; "
        "please look after it:\n\n%(link)s"
    ) % {"link": f"{settings.ORIGINS[0]}{reverse('sessions')}?state=due"}
    return _("Feedback is missing"), f"{text}\n"


def _why() -> str:
    return _("You get this mail because the address is stored in your account; you can remove it there: %(link)s") % {
        "link": settings.ORIGINS[0] + reverse("account")
    }


def _at(session: Session) -> str:
    return date_format(timezone.localtime(session.planned_start), "DATETIME_FORMAT")
