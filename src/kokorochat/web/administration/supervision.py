"""What runs now, what somebody should look at, and what was looked at."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from kokorochat.web.accounts.guard import administrators_only, person_of
from kokorochat.web.accounts.models import Person
from kokorochat.web.administration.causes import causes_of
from kokorochat.web.administration.views import ON_A_PAGE
from kokorochat.web.roleplay import actions, supervision
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.supervision import Kind, kinds_of
from kokorochat.web.roleplay.templatetags.roleplay import lasting, since


@administrators_only
@require_safe
def running(request: HttpRequest) -> HttpResponse:
    """The sessions that run: a page, or the part of it that an open page fetches again and again."""
    administrator, now = person_of(request), timezone.now()
    page = Paginator(supervision.running(administrator), ON_A_PAGE).get_page(request.GET.get("page"))
    rows = [_row(session, now) for session in page]
    context = {"page": page, "rows": rows, "now": now, "to_review": supervision.to_review(administrator).count()}
    part = request.headers.get("X-Part") == "running"
    template = "administration/_running.html" if part else "administration/running.html"
    return render(request, template, context)


def _row(session: Session, now: datetime) -> dict[str, Any]:
    minutes = session.minutes_at(now)
    quiet = now - (session.last_at or now)
    return {
        "session": session,
        "passed": "" if minutes is None else lasting(timedelta(minutes=minutes)),
        "over": minutes is not None and minutes >= session.due_minutes,
        "quiet": lasting(quiet),
        "last": since(quiet),
        "is_quiet": quiet >= supervision.QUIET,
    }


@administrators_only
@require_safe
def to_review(request: HttpRequest) -> HttpResponse:
    """What somebody should look at, narrowed by `kind`."""
    administrator, now = person_of(request), timezone.now()
    kind = next((kind for kind in Kind if kind.value == request.GET.get("kind")), None)
    page = Paginator(supervision.to_review(administrator, kind), ON_A_PAGE).get_page(request.GET.get("page"))
    rows = [{"session": session, "causes": causes_of(session)} for session in page]
    context = {"page": page, "rows": rows, "kind": kind, "kinds": Kind, "until": now, "longest": actions.LONGEST_REVIEW}
    return render(request, "administration/to_review.html", context)


@administrators_only
@require_safe
def reviewed(request: HttpRequest) -> HttpResponse:
    """What was looked at, by whom and with which note."""
    page = Paginator(supervision.reviews(person_of(request)), ON_A_PAGE).get_page(request.GET.get("page"))
    rows = [{"review": review, "kinds": kind_names(review.kinds)} for review in page]
    return render(request, "administration/reviewed.html", {"page": page, "rows": rows})


def kind_names(kinds: list[str]) -> list[str]:
    """The names of stored kinds in the page's language."""
    return [str(Kind(kind).label) if kind in Kind.values else kind for kind in kinds]


@administrators_only
@require_POST
def mark_reviewed(request: HttpRequest) -> HttpResponse:
    """Mark the sessions whose codes are sent as `session` as looked at, up to the time `until` of the page."""
    by = person_of(request)
    # PostgreSQL takes no NUL, and no code holds one.
    codes = [code for code in request.POST.getlist("session")[:ON_A_PAGE] if "\0" not in code]
    back = request.POST.get("back", "")
    until = _time(request.POST.get("until", ""))
    found = list(supervision.supervised(by).filter(code__in=codes)) if until else []
    if until is None or not found:
        messages.error(request, _("No session is chosen. Mark those that you have looked at."))
        return redirect("to-review")
    try:
        marked = _mark(by, found, until, request.POST.get("note", "").replace("\r\n", "\n").strip())
    except actions.RefusedError as refused:
        messages.error(request, str(refused))
    else:
        _tell(request, marked, len(found) - marked)
    return redirect("record", code=found[0].code) if back == "record" else redirect("to-review")


def _mark(by: Person, sessions: list[Session], until: datetime, note: str) -> int:
    """How many were marked: those on which an alert waits are left as they are."""
    marked = 0
    for session in sessions:
        kinds = [kind.value for kind, since in kinds_of(session).items() if since <= until]
        try:
            actions.review(session.pk, by, until, note, kinds)
        except actions.RefusedError as refused:
            if refused.code != "alert-open":
                raise
        else:
            marked += 1
    return marked


def _tell(request: HttpRequest, marked: int, left: int) -> None:
    if marked:
        done = ngettext("%(n)d session is marked as reviewed.", "%(n)d sessions are marked as reviewed.", marked)
        messages.success(request, done % {"n": marked})
    if left:
        waits = ngettext(
            "%(n)d session was left as it is: an alert is open on it. Take up the alert first.",
            "%(n)d sessions were left as they are: alerts are open on them. Take up the alerts first.",
            left,
        )
        messages.error(request, waits % {"n": left})


def _time(text: str) -> datetime | None:
    """The time of the page, as it was written there."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
