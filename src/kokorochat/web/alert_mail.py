"""Alerts by mail, to administrators who have given an address. A mail holds a link and no word of a talk."""

from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F, Q
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


def send_due() -> bool:
    """Mail the oldest alert that was not mailed since it was last called for; a duty. Whether there was one.

    It is marked after it was sent: after a crash in between it comes twice, which is better than never.

    Raises:
        OSError: the mail server can't be reached, or refuses; the alert stays due.
    """
    if not settings.MAILS:
        return False
    now = timezone.now()
    unsent = Q(mailed_at__isnull=True) | Q(mailed_at__lt=F("last_at"), mailed_at__lte=now - APART)
    waits = Q(kind=Alert.Kind.HINT, raised_at__gt=now - HINT_WAITS)
    due = Alert.objects.filter(unsent, handled_at__isnull=True).exclude(waits)
    alert = due.order_by("pk").first()
    if alert is None:
        return False
    people = Person.objects.filter(is_staff=True, is_active=True, is_program=False).exclude(email="")
    with translation.override(settings.LANGUAGE_CODE):
        subject = f"KokoroChat: {alert.get_kind_display()}"
        text = _("An administrator is needed in a session. Look after it here:")
        if alert.times > 1:
            # What the reader has to know first: nobody has come yet.
            again = _("called again, %(times)s times now") % {"times": alert.times}
            subject = f"{subject} ({again})"
            text = _(
                "An administrator was called to a session %(times)s times, the last time at %(at)s, and nobody looks "
                "after it yet. Look after it here:"
            ) % {"times": alert.times, "at": time_format(timezone.localtime(alert.last_at), "TIME_FORMAT")}
        for person in people:
            send_mail(subject, f"{text}\n{settings.ORIGINS[0]}{reverse('alerts')}\n", None, [person.email])
    # The time at which it was read: what it was called for meanwhile has not been told.
    Alert.objects.filter(pk=alert.pk).update(mailed_at=now)
    return True
