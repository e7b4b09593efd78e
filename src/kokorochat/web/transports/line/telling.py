"""Notices of feedback over LINE: to a client who is asked for it, and to a counselor to whom it has come.

They are pushed, for nobody writes at that hour. A notice and its message are made in one transaction, and LINE takes a
push with its key once: so it comes once, whatever is killed.
"""

from django.conf import settings
from django.utils import timezone, translation

from kokorochat.web.accounts.models import Person
from kokorochat.web.locks import hold
from kokorochat.web.roleplay import reminding
from kokorochat.web.roleplay.actions import notices as told
from kokorochat.web.roleplay.actions.notices import When
from kokorochat.web.roleplay.models import FeedbackNotice
from kokorochat.web.transports.line import notices, quota
from kokorochat.web.transports.line.door import is_open
from kokorochat.web.transports.line.models import Account, Outgoing
from kokorochat.web.transports.line.sealing import seal

State = FeedbackNotice.State
_BECOMES = {
    Outgoing.State.ACCEPTED: State.SENT,
    Outgoing.State.UNCERTAIN: State.UNCERTAIN,
    Outgoing.State.REFUSED: State.REFUSED,
}


def reaches(person: Person) -> bool:
    """Whether a push can reach a person now."""
    linked = Account.objects.filter(person=person, person__is_active=True, followed=True)
    return is_open() and linked.exists() and not quota.is_spent()


def carry(notice: FeedbackNotice) -> None:
    """Make the message of a notice; inside the transaction in which the notice was given this door."""
    account = hold(Account.objects.filter(person=notice.person)).get()  # before the link's audit row: see locks.py
    with translation.override(settings.LANGUAGE_CODE):
        if notice.kind == FeedbackNotice.Kind.REMINDER:
            text = notices.reminder(notice.session)
        else:
            text = notices.feedback_came(notice.session)
    Outgoing.objects.create(
        account=account,
        notice=f"feedback-{notice.kind}",
        feedback_notice=notice,
        sealed_text=seal(text.encode()),
        hold_until=timezone.now(),
    )


def off(message: Outgoing) -> Outgoing.State | None:
    """How a notice of feedback ends that is not to be sent (again); None if it is.

    Its account is another person's or nobody's, or LINE surely doesn't have it yet and what it says holds no longer.
    """
    notice = message.feedback_notice
    if notice is None or (message.account.person_id == notice.person_id and message.tries):
        return None
    if message.account.person_id == notice.person_id and told.when(notice, timezone.now()) is not When.NEVER:
        return None
    return Outgoing.State.UNCERTAIN if message.tries else Outgoing.State.DROPPED


def is_put_off(message: Outgoing) -> bool:
    """Whether a notice of feedback may not be sent just now; then it waits apart from what is said in a talk."""
    notice, now = message.feedback_notice, timezone.now()
    if notice is None:
        return False
    if message.hold_until <= now:
        if told.when(notice, now) is not When.LATER:
            return False
        message.hold_until = now + reminding.LOOK_AGAIN
        message.save(update_fields=["hold_until"])
    return True


def note(message: Outgoing) -> None:
    """Tell the notice what became of its message; what LINE surely has not goes by mail, if the person has that."""
    if message.feedback_notice_id is None:
        return
    state = _BECOMES.get(Outgoing.State(message.state), State.DROPPED)
    told.settle(message.feedback_notice_id, state)
    notice = FeedbackNotice.objects.select_related("person").get(pk=message.feedback_notice_id)
    lost = state in (State.REFUSED, State.DROPPED) and told.when(notice, timezone.now()) is not When.NEVER
    if lost and settings.MAILS and notice.person.email:
        told.by_mail_instead(notice.pk)
