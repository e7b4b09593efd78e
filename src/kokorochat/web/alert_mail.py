"""Alerts by mail, to administrators who have given an address. A mail holds a link and no word of a talk."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from smtplib import SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Alert

HINT_WAITS = timedelta(minutes=5)
"""A hint is shown on the pages first: it is often play, and a mail that mostly means nothing is soon not read. But if
nobody takes it up, it may be that nobody has such a page open."""

APART = timedelta(minutes=2)
"""What is called for again and again is mailed so far apart."""

REPEATED_AFTER = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
"""Somebody waits: so long after it was last called for, what nobody has taken up is mailed again, and then no more."""
REPEATED = (Alert.Kind.STOP, Alert.Kind.CONTACT)

LEASE = timedelta(minutes=2)
"""So long a worker has an alert to itself; after a kill another waits so long."""
AGAIN = timedelta(seconds=15)
"""What nobody could be told of rests so long, and whoever else calls has their turn."""

_OF_THE_ADDRESS = (SMTPRecipientsRefused, SMTPResponseException, SMTPNotSupportedError, ValueError)
"""Faults after which the mail server still listens; the last is of an address that no mail can hold."""

logger = logging.getLogger(__name__)


def send_due() -> bool:
    """Mail the oldest alert that is due; a duty. Whether there was one.

    It is due when it was not mailed since it was last called for, and again after `REPEATED_AFTER` as long as nobody
    takes it up. One worker sends it. It is marked after it was sent: after a crash in between it comes twice, which is
    better than never.

    Raises:
        OSError, ValueError: the mail server can't be reached, or takes it for no address; the alert stays due.
    """
    if not settings.MAILS:
        return False
    now = timezone.now()
    alert = _claim(now)
    if alert is None:
        return False
    people = Person.objects.filter(is_staff=True, is_active=True, is_program=False).exclude(email="")
    mailed: dict[str, object] = {"mail_claimed_until": timezone.now() + AGAIN}
    try:
        with translation.override(settings.LANGUAGE_CODE):
            _send(people, *_words(alert, now))
        # The time at which it was read: what it was called for meanwhile has not been told.
        mailed = {"mail_claimed_until": None, "mailed_at": now, "mail_repeats": _repeats_by(alert, now)}
    finally:
        Alert.objects.filter(pk=alert.pk).update(**mailed)
    return True


def _send(people: Iterable[Person], subject: str, text: str) -> None:
    """Send it to each of them; one address that is refused keeps it from nobody else."""
    faults, taken = list[Exception](), False
    for person in people:
        try:
            send_mail(subject, f"{text}\n{settings.ORIGINS[0]}{reverse('alerts')}\n", None, [person.email])
            taken = True
        except (OSError, *_OF_THE_ADDRESS) as fault:
            logger.error("an alert could not be mailed to administrator %d: %s", person.pk, type(fault).__name__)
            faults.append(fault)
            if not isinstance(fault, _OF_THE_ADDRESS):
                break  # nobody is there to be asked: each further try would wait for its time-out
    if faults and not taken:
        raise faults[0]


def _due(now: datetime) -> QuerySet[Alert]:
    unsent = Q(mailed_at__isnull=True) | Q(mailed_at__lt=F("last_at"), mailed_at__lte=now - APART)
    again = Q()
    for number, after in enumerate(REPEATED_AFTER, start=1):
        again |= Q(mail_repeats__lt=number, last_at__lte=now - after)
    waits = Q(kind=Alert.Kind.HINT, raised_at__gt=now - HINT_WAITS)
    return Alert.objects.filter(unsent | Q(again, kind__in=REPEATED), handled_at__isnull=True).exclude(waits)


def _claim(now: datetime) -> Alert | None:
    """The oldest alert that is due and that no other worker has; it is ours for `LEASE`."""
    free = _due(now).filter(Q(mail_claimed_until__isnull=True) | Q(mail_claimed_until__lte=now)).order_by("pk")
    for alert in free[:1]:
        if free.filter(pk=alert.pk).order_by().update(mail_claimed_until=now + LEASE):
            return alert
    return None


def _repeats_by(alert: Alert, now: datetime) -> int:
    """How many of the repeats lie behind by then: of several that became due meanwhile one mail is enough."""
    return sum(alert.last_at + after <= now for after in REPEATED_AFTER)


def _words(alert: Alert, now: datetime) -> tuple[str, str]:
    """The subject and the first words of the mail. Whoever reads it has to know first that nobody has come yet."""
    subject = f"KokoroChat: {alert.get_kind_display()}"
    at = time_format(timezone.localtime(alert.last_at), "TIME_FORMAT")
    text = _("An administrator is needed in a session. Look after it here:")
    if alert.times > 1:
        again = _("called again, %(times)s times now") % {"times": alert.times}
        subject = f"{subject} ({again})"
        text = _(
            "An administrator was called to a session %(times)s times, the last time at %(at)s, and nobody looks "
            "after it yet. Look after it here:"
        ) % {"times": alert.times, "at": at}
    if alert.kind not in REPEATED or alert.mailed_at is None or alert.mailed_at < alert.last_at:
        return subject, text
    minutes = (now - alert.last_at) // timedelta(minutes=1)
    waiting = _("waiting for %(n)d minutes") % {"n": minutes}
    text = _("An administrator was called to a session at %(at)s, and nobody looks after it yet. Look after it here:")
    if _repeats_by(alert, now) == len(REPEATED_AFTER):
        text = _(
            "An administrator was called to a session at %(at)s, and nobody looks after it yet. This is the last mail "
            "about it; it stands on every administrator's page until somebody looks after it. Look after it here:"
        )
    return f"{subject} ({waiting})", text % {"at": at}
