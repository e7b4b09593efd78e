"""What the rules of the corpus say of a rated session, kept for whoever supervises."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from kokorochat.corpus.filters import PAPER
from kokorochat.domain.feedback import ITEM_KEYS, alike
from kokorochat.web.roleplay.models import Event, Feedback, Screening, Session


def screen(session: Session) -> None:
    """Judge the session as its dialogue would be judged, in the caller's transaction; nothing without a rating."""
    feedback = Feedback.objects.filter(session=session).first()
    if feedback is None:
        return
    found = judge(Event.objects.filter(session=session), feedback.items, feedback.checks)
    before = Screening.objects.filter(session=session).first()
    if before is None or any(getattr(before, name) != what for name, what in found.items()):
        Screening.objects.update_or_create(session=session, defaults={**found, "changed_at": timezone.now()})


def judge(events: QuerySet[Event], items: Mapping[str, int], checks: Collection[str]) -> dict[str, Any]:
    """The columns of a screening: why the corpus would leave the talk out, and how alike its items are."""
    # What an export takes: neither asides nor what was taken back.
    said = events.filter(kind="utterance", aside=False).exclude(text="").order_by()
    talk = said.aggregate(count=Count("pk"), first=Min("at"), last=Max("at"))
    minutes = None
    if talk["count"]:
        # A dialogue has whole seconds.
        first, last = (talk[end].replace(microsecond=0) for end in ("first", "last"))
        minutes = (last - first).total_seconds() / 60
    values = [items[key] for key in ITEM_KEYS]
    value, count = alike(values)
    return {"reasons": [*PAPER.reasons_by(talk["count"], minutes, values), *checks], "value": value, "alike": count}
