"""One session as an administrator sees it: its record, without a word of the talk; and the talk, which is recorded."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from kokorochat.domain.dialogue import Role
from kokorochat.domain.feedback import CHECKS, ITEMS, Aspect
from kokorochat.web.accounts.guard import administrators_only, person_of
from kokorochat.web.accounts.models import AuditEntry, Person
from kokorochat.web.accounts.second_factor_views import recently_confirmed
from kokorochat.web.administration.causes import causes_of, screened_by, straight_line, who_came
from kokorochat.web.administration.supervision import kind_names
from kokorochat.web.administration.trail import rows_of
from kokorochat.web.export import exports_that_read
from kokorochat.web.roleplay import actions, queries, supervision
from kokorochat.web.roleplay.models import SUPERVISOR, Session
from kokorochat.web.roleplay.templatetags.roleplay import gap
from kokorochat.web.roleplay.words import words_of_talk

NEWEST = 50
"""Rows of the trail on a session's record; the trail has all."""


def session_of(request: HttpRequest, code: str) -> Session:
    """The session with that code, as an administrator sees it."""
    session = supervision.supervised(person_of(request)).filter(code=code).first()
    if session is None:
        raise Http404
    return session


@administrators_only
@require_safe
def record(request: HttpRequest, code: str) -> HttpResponse:
    """Who, when, what was agreed, how it was rated, what was reviewed, and who has read the talk."""
    session, administrator = session_of(request, code), person_of(request)
    alerts = list(queries.alerts(administrator).filter(session=session))
    subjects = [f"session {session.pk}", *(f"alert {alert.pk}" for alert in alerts)]
    about = Q(subject__in=subjects) | Q(number__in=exports_that_read(session))
    entries = AuditEntry.objects.filter(about).select_related("by").order_by("-number")[:NEWEST]
    screening = getattr(session, "screening", None)
    reviews = supervision.reviews(administrator).filter(session=session)
    context = {
        "session": session,
        **_agreed(session, person_of(request)),
        "causes": causes_of(session),
        "who_came": who_came(session) if not (session.counselor_came_at and session.client_came_at) else "",
        "messages_said": queries.messages_said(session),
        "alerts": alerts,
        "reviews": [{"review": review, "kinds": kind_names(review.kinds)} for review in reviews],
        "screened_by": list(screened_by(screening)) if screening else [],
        "straight_line": straight_line(screening) if screening else "",
        "until": timezone.now(),
        "forgotten": supervision.is_forgotten(session, timezone.now()),
        "longest": actions.LONGEST_REVIEW,
        "trail": rows_of(list(entries)),
        **_rating(session),
    }
    return render(request, "administration/record.html", context)


def _agreed(session: Session, administrator: Person) -> dict[str, Any]:
    """What was agreed, all of it; one who plays the counselor learns the client's own part in the talk, as any does."""
    shown = queries.conditions_of(session, session.role_of(administrator.pk) or Role.CLIENT)
    thoughts = Session.SuicidalThoughts(shown.suicidal_thoughts).label if shown.suicidal_thoughts else ""
    return {"agreed": shown, "thoughts": thoughts}


def _rating(session: Session) -> dict[str, Any]:
    """The client's twenty values and marks; empty as long as there are none."""
    feedback = getattr(session, "feedback", None)
    if feedback is None:
        return {}
    groups = [
        (aspect, [(item, feedback.items[item.key]) for item in ITEMS if item.aspect is aspect]) for aspect in Aspect
    ]
    return {
        "feedback": feedback,
        "groups": groups,
        "checks": [check for check in CHECKS if check.key in feedback.checks],
    }


@administrators_only
@require_safe
@recently_confirmed()
def look(request: HttpRequest, code: str) -> HttpResponse:
    """The talk, live or as it was. Each opening is a row in the audit trail; without it the page gets no word."""
    session = session_of(request, code)
    names = {Role.COUNSELOR.value: str(session.counselor), Role.CLIENT.value: str(session.client)}
    # A HEAD brings nothing that could be read.
    pass_ = ""
    if request.method == "GET":
        pass_ = actions.open_talk(session, person_of(request), request.session.session_key or "")
    words = words_of_talk("") | {
        "stopped_by": _("{who} stopped the session at {time}."),
        "helped": _("{name} looks after it."),
        "unhelped": _("Nobody is looking after it yet."),
        "gap": gap(),
        "not_yours": _("This page was open too long. Load it again; that is recorded, too."),
        "signed_out": _("You are signed out."),
        "lost": _("The connection is lost. What is missing comes when it is back."),
    }
    script = {
        "code": session.code,
        "person": request.user.pk,
        "pass": pass_,
        # Whose messages stand on the right.
        "role": Role.COUNSELOR.value,
        "names": names,
        "doers": {role: pgettext("who did it", "%(name)s") % {"name": name} for role, name in names.items()}
        | {SUPERVISOR: _("An administrator")},
        "zone": timezone.get_current_timezone_name(),
        "planned_start": session.planned_start.isoformat(),
        "words": words,
    }
    context = {
        "session": session,
        "script": script,
        **_agreed(session, person_of(request)),
    }
    return render(request, "administration/look.html", context)
