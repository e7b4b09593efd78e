"""An administrator has looked at what there was to look at in a session."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kokorochat.web.accounts.actions import audit
from kokorochat.web.accounts.models import Person
from kokorochat.web.locks import hold
from kokorochat.web.roleplay.actions.refused import RefusedError, not_found
from kokorochat.web.roleplay.models import Alert, Review, Session

LONGEST_REVIEW = 1000
"""Code points in the note of a review."""


def review(session_id: int, by: Person, until: datetime, note: str = "", kinds: Collection[str] = ()) -> Review:
    """Store that a session was looked at, with a note; what has happened after `until` still waits.

    An alert is a person who waits: it is taken up by a deed of its own first, never by the way.

    Args:
        until: the time of the page from which it is marked.
        kinds: what stood on that page.

    Raises:
        RefusedError: not an administrator, no such session, an alert on it that nobody has taken up, or a note that is
            too long.
    """
    if len(note) > LONGEST_REVIEW or "\0" in note:
        raise RefusedError("bad-note", _("A note can have 1,000 characters. Shorten it; nothing was stored yet."))
    with transaction.atomic():
        session = hold(Session.objects.filter(pk=session_id)).first()
        if session is None or not by.is_staff:
            raise not_found()
        now = timezone.now()
        until = min(until, now)
        if Alert.objects.filter(session=session, handled_at__isnull=True, last_at__lte=until).exists():
            raise RefusedError("alert-open", _("Somebody is waiting: take up the alert first, then mark the session."))
        done = Review.objects.create(session=session, by=by, at=now, until=until, kinds=list(kinds), note=note)
        audit(by, "session.review", f"session {session.pk}")
    return done
