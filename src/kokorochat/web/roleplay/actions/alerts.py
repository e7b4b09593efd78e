"""Calling an administrator to a session."""

from functools import partial

from django.db import transaction
from django.utils import timezone

from kokorochat.web.accounts.actions import audit
from kokorochat.web.accounts.models import Person
from kokorochat.web.locks import hold
from kokorochat.web.roleplay.actions.refused import not_found
from kokorochat.web.roleplay.models import Alert, Session
from kokorochat.web.roleplay.signals import alert_raised, session_changed


def raise_alert(session_id: int, kind: Alert.Kind, number: int | None = None) -> Alert:
    """Call the administrators to a session; as long as one call of a kind waits, a second is the same, and counted.

    Args:
        number: the event that it is about; that of the first call stays. An alert holds no words.

    Raises:
        RefusedError: there is no such session.
    """
    with transaction.atomic():
        session = hold(Session.objects.filter(pk=session_id)).first()
        if session is None:
            raise not_found()
        now = timezone.now()
        alert = Alert.objects.filter(session=session, kind=kind, handled_at__isnull=True).first()
        if alert is not None:
            alert.last_at, alert.times, alert.mail_repeats = now, alert.times + 1, 0
            alert.save(update_fields=["last_at", "times", "mail_repeats"])
            audit(None, "alert.again", f"alert {alert.pk}")
        else:
            alert = Alert.objects.create(session=session, kind=kind, number=number, raised_at=now, last_at=now)
            audit(None, "alert.raise", f"alert {alert.pk}")
        transaction.on_commit(partial(alert_raised.send, sender=Alert, alert_id=alert.pk))
    return alert


def handle_alert(alert_id: int, by: Person) -> Alert:
    """An administrator takes care of what an alert tells; who was first stays.

    Raises:
        RefusedError: not an administrator, or no such alert.
    """
    with transaction.atomic():
        # An alert changes under its session's lock alone: a stop holds that, too, before it comes to the alert.
        hold(Session.objects.filter(alerts__pk=alert_id)).first()
        alert = Alert.objects.filter(pk=alert_id).first()
        if alert is None or not by.is_staff:
            raise not_found()
        if alert.handled_at is not None:
            return alert
        alert.handled_at, alert.handled_by = timezone.now(), by
        alert.save(update_fields=["handled_at", "handled_by"])
        audit(by, "alert.handle", f"alert {alert.pk}")
        # The two people see who is looking after them.
        transaction.on_commit(partial(session_changed.send, sender=Session, session_id=alert.session_id))
    return alert
