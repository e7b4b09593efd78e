"""The pages of a session: both people's list, the desk, the phone page, the feedback form and its result."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kokorochat.corpus.filters import FEWEST_UTTERANCES
from kokorochat.domain.dialogue import Role
from kokorochat.domain.feedback import CHECKS, HIGHEST, HIGHEST_TOTAL, ITEMS, LOWEST, Aspect
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.roleplay.forms import FeedbackForm, TopicForm
from kokorochat.web.roleplay.models import Session


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def _session(request: HttpRequest, code: str) -> tuple[Session, Role]:
    """The session and the visitor's role; a stranger's code is as unknown as one that was never given."""
    session = queries.session_of(_person(request), code)
    role = session.role_of(request.user.pk) if session else None
    if session is None or role is None:
        raise Http404
    return session, role


def _rows(person: Person, sessions: list[Session]) -> list[dict[str, Any]]:
    rows = []
    for session in sessions:
        role = session.role_of(person.pk)
        rows.append(
            {
                "session": session,
                "role": role.value if role else "",
                "partner": session.client if role is Role.COUNSELOR else session.counselor,
                "feedback": getattr(session, "feedback", None),
                "due": role is Role.CLIENT and session.ended_at is not None and not hasattr(session, "feedback"),
            }
        )
    return rows


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One's sessions: what is open or due first, then what is done."""
    person = _person(request)
    if person.is_staff and not queries.sessions_of(person).exists():
        return redirect("sessions")
    rows = _rows(person, list(queries.sessions_of(person)[:200]))
    current = [row for row in rows if row["session"].ended_at is None or row["due"]]
    return render(
        request, "roleplay/home.html", {"current": current[::-1], "past": [r for r in rows if r not in current]}
    )


@login_required
@require_safe
def room(request: HttpRequest, code: str) -> HttpResponse:
    """The talk: the desk for the counselor, the phone page for the client."""
    session, role = _session(request, code)
    partner = session.client if role is Role.COUNSELOR else session.counselor
    context: dict[str, Any] = {
        "session": session,
        "role": role.value,
        "partner": partner,
        "script": {
            "code": session.code,
            "person": request.user.pk,
            "role": role.value,
            "zone": timezone.get_current_timezone_name(),
            "planned_minutes": session.planned_minutes,
            "planned_start": session.planned_start.isoformat(),
            "practice": partner.is_program,
            "longest": actions.LONGEST_TEXT,
            "words": _words(partner.display_name),
        },
        **_result(session),
    }
    if role is Role.CLIENT:
        return render(request, "roleplay/phone.html", context)
    today = [
        row
        for row in _rows(_person(request), list(queries.sessions_of(_person(request))[:30]))
        if timezone.localdate(row["session"].planned_start) == timezone.localdate() or row["session"].ended_at is None
    ]
    return render(request, "roleplay/desk.html", context | {"today": today[::-1]})


def _words(partner: str) -> dict[str, str]:
    """What the page's script says, in the page's language."""
    return {
        "sending": _("sending"),
        "stored": _("sent"),
        "seen": _("shown"),
        "failed": _("not sent"),
        "edit": _("Back to the input"),
        "me": _("me"),
        "partner": partner,
        "online": _("in the room"),
        "offline": _("not in the room"),
        "program": _("a program answers"),
        "typing": _("%(name)s is writing…") % {"name": partner},
        "lost": _("The connection is lost. What you wrote is kept and goes out when it is back."),
        "connecting": _("Connecting…"),
        "signed_out": _("You are signed out. Sign in again; what you wrote stays on this page until then."),
        "not_yours": _("This session is not open to you."),
        "newer": _("{n} new"),
        "ended": _("The session has ended."),
        "minutes": _("{n} min of {planned}"),
        "before": _("starts {time}"),
        "ended_after": _("ended, {n} min"),
        "too_late": _("The session has ended, and this text was not sent. Copy it if you want to keep it."),
        "out_of_role": _("outside the role"),
        "too_long": _("One message can have %(most)d characters. Take {n} away.") % {"most": actions.LONGEST_TEXT},
    }


def _result(session: Session) -> dict[str, Any]:
    """The feedback as the counselor sees it, with the model's estimate beside it."""
    feedback, estimate = getattr(session, "feedback", None), getattr(session, "estimate", None)
    groups = []
    if feedback is not None:
        for aspect in Aspect:
            rows = [
                {
                    "item": item,
                    "value": feedback.items[item.key],
                    "estimate": estimate.items.get(item.key) if estimate else None,
                }
                for item in ITEMS
                if item.aspect is aspect
            ]
            groups.append((aspect, rows))
    return {
        "feedback": feedback,
        "item_sum": sum(feedback.items.values()) if feedback else None,
        "feedback_checks": [check for check in CHECKS if feedback and check.key in feedback.checks],
        "estimate": estimate,
        "short_talk": session.last_number <= FEWEST_UTTERANCES,
        "estimate_total": sum(estimate.items.values()) if estimate else None,
        "groups": groups,
        "highest_total": HIGHEST_TOTAL,
        "points": range(LOWEST, HIGHEST + 1),
    }


@login_required
@require_safe
def result(request: HttpRequest, code: str) -> HttpResponse:
    """The client's feedback, for the counselor: a page, or the part of it that an open desk puts in."""
    session, role = _session(request, code)
    if role is not Role.COUNSELOR:
        raise Http404
    part = request.headers.get("X-Part") == "result"
    template = "roleplay/_result.html" if part else "roleplay/result.html"
    return render(request, template, {"session": session, "partner": session.client, **_result(session)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest, code: str) -> HttpResponse:
    """The feedback form, for the client after the end; a second one is refused and the first stays."""
    session, role = _session(request, code)
    if role is not Role.CLIENT:
        raise Http404
    context = {"session": session, "partner": session.counselor}
    if session.ended_at is None:
        return render(
            request, "roleplay/feedback_not_yet.html", context, status=409 if request.method == "POST" else 200
        )
    if hasattr(session, "feedback"):
        again = request.method == "POST"
        return render(request, "roleplay/feedback_given.html", context | {"again": again}, status=409 if again else 200)
    data = request.POST if request.method == "POST" else None
    form = FeedbackForm(data)
    topic_form = None if session.topic_main else TopicForm(data)
    if data is not None:
        good = form.is_valid()
        if topic_form is not None:
            good = topic_form.is_valid() and good
        if good:
            try:
                topic = topic_form.topic() if topic_form else None
                actions.give_feedback(session.pk, _person(request), form.items(), form.checks(), topic)
            except actions.RefusedError:
                return render(request, "roleplay/feedback_given.html", context | {"again": True}, status=409)
            return redirect("feedback", code=session.code)
    status = 422 if data is not None else 200
    return render(request, "roleplay/feedback.html", context | {"form": form, "topic_form": topic_form}, status=status)
