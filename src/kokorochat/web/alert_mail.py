"""Alerts by mail, to administrators who have given an address. A mail holds a link and no word of a talk."""

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Alert

_QUIET = (Alert.Kind.HINT,)
"""Shown on the pages only: they are often play, and a mail that mostly means nothing is soon not read."""


def send_due() -> bool:
    """Mail the oldest alert that was not mailed yet; a duty of the worker. Whether there was one.

    It is marked after it was sent: after a crash in between it comes twice, which is better than never.

    Raises:
        OSError: the mail server can't be reached, or refuses; the alert stays due.
    """
    if not settings.MAILS:
        return False
    due = Alert.objects.filter(mailed_at__isnull=True, handled_at__isnull=True).exclude(kind__in=_QUIET)
    alert = due.order_by("pk").first()
    if alert is None:
        return False
    people = Person.objects.filter(is_staff=True, is_active=True, is_program=False).exclude(email="")
    with translation.override(settings.LANGUAGE_CODE):
        subject = f"KokoroChat: {alert.get_kind_display()}"
        text = _("An administrator is needed in a session. Look after it here:")
        for person in people:
            send_mail(subject, f"{text}\n{settings.ORIGINS[0]}{reverse('alerts')}\n", None, [person.email])
    Alert.objects.filter(pk=alert.pk).update(mailed_at=timezone.now())
    return True
