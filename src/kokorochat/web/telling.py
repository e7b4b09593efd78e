"""Telling people of feedback: who is due is found, each is given their doors, and the doors send.

A client is reminded by the door that they use: LINE where their account is linked, else mail. A counselor is told that
feedback has come by both; the page shows it anyway. Administrators are told by mail.
"""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.actions import notices
from kokorochat.web.roleplay.models import FeedbackNotice
from kokorochat.web.transports.line import telling as line

Door, Kind = FeedbackNotice.Door, FeedbackNotice.Kind


def remind() -> bool:
    """Make the reminders that are due; a duty of the worker. False: the next look has time."""
    notices.remind(timezone.now())
    return False


def choose_doors() -> bool:
    """Give the oldest notice without a door the doors by which it goes; a duty of the worker. Whether there was one."""
    waiting = FeedbackNotice.objects.filter(door=Door.NONE, state=FeedbackNotice.State.WAITING)
    notice = waiting.select_related("person").order_by("due_at", "pk").first()
    if notice is None:
        return False
    with transaction.atomic():
        for given in notices.choose_doors(notice.pk, _doors(notice)):
            if given.door == Door.LINE:
                line.carry(given)
    return True


def _doors(notice: FeedbackNotice) -> list[FeedbackNotice.Door]:
    doors = []
    if notice.kind != Kind.LATE and line.reaches(notice.person):
        doors.append(Door.LINE)
    if has_mail(notice.person) and (not doors or notice.kind == Kind.CAME):
        doors.append(Door.MAIL)
    return doors


def has_mail(person: Person) -> bool:
    """Whether a person can be mailed."""
    return settings.MAILS and bool(person.email) and person.is_active
