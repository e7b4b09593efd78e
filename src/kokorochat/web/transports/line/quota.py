"""How many counted messages are left this month, as LINE last told."""

import calendar
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from kokorochat.web.transports.line import client
from kokorochat.web.transports.line.models import Account, InboundEvent, Outgoing, Quota

ASKED_EVERY = timedelta(minutes=5)


def known() -> Quota | None:
    """What LINE last told, None before the first time."""
    return Quota.objects.first()


def is_spent() -> bool:
    """Whether LINE would refuse a push, as far as is known; what was told before this month tells nothing."""
    quota = known()
    return (
        quota is not None
        and quota.limit is not None
        and quota.used >= quota.limit
        and quota.asked_at >= _month_begins(timezone.now())
    )


def ask() -> bool:
    """Ask LINE now and keep the answer; tells whether it gave one."""
    try:
        limit, used = client.quota()
    except client.CallError:
        return False
    Quota.objects.update_or_create(pk=1, defaults={"limit": limit, "used": used, "asked_at": timezone.now()})
    return True


def refresh() -> bool:
    """Ask if the last answer is old; tells that there is nothing more to do."""
    quota = known()
    if quota is None or quota.asked_at < timezone.now() - ASKED_EVERY:
        ask()
    return False


def _month_begins(now: datetime) -> datetime:
    return timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def overview(now: datetime) -> dict[str, object]:
    """What an administrator sees of this month: the quota, where it leads, and what went and came."""
    begins = _month_begins(now)
    quota = known()
    sent = Outgoing.objects.filter(created_at__gte=begins)
    by_state = dict(sent.order_by().values_list("state").annotate(Count("pk")))
    accepted = sent.filter(state=Outgoing.State.ACCEPTED)
    came = InboundEvent.objects.filter(received_at__gte=begins)
    state = InboundEvent.State
    return {
        "quota": quota,
        "nearly": int(0.9 * quota.limit) if quota and quota.limit else None,
        "spent": is_spent(),
        **_forecast(quota, begins),
        "pushes": accepted.filter(pushed=True).count(),
        "replies": accepted.filter(pushed=False).count(),
        **{name: by_state.get(name, 0) for name in ("waiting", "uncertain", "refused", "page")},
        "linked": Account.objects.filter(person__isnull=False).count(),
        "unread": came.filter(state=state.WAITING).count(),
        "odd": came.filter(state__in=(state.UNKNOWN, state.MALFORMED)).count(),
        "failed": came.filter(state=state.FAILED).count(),
    }


def _forecast(quota: Quota | None, begins: datetime) -> dict[str, object]:
    """Where the month's pace leads: the count at its end and, if that is too much, the last day that is not."""
    if quota is None or quota.asked_at < begins:
        return {}
    days_gone = max(1.0, (quota.asked_at - begins) / timedelta(days=1))
    days = calendar.monthrange(begins.year, begins.month)[1]
    forecast = round(quota.used / days_gone * days)
    if quota.limit is None or forecast <= quota.limit:
        return {"forecast": forecast}
    return {
        "forecast": forecast,
        "last_day": begins + timedelta(days=min(days - 1, quota.limit / quota.used * days_gone)),
    }
