"""The feedback form: for the client who is signed in, and for whoever holds the client's link to this one form."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kokorochat.domain.dialogue import Role
from kokorochat.domain.feedback import CHECK_KEYS, ITEM_KEYS
from kokorochat.web import brake
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.accounts.models import Person
from kokorochat.web.accounts.views import ONE_ADDRESS
from kokorochat.web.refusals import too_many_tries
from kokorochat.web.roleplay import actions, feedback_queries, queries
from kokorochat.web.roleplay.debrief import mood_of
from kokorochat.web.roleplay.forms import FeedbackForm, TopicForm
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.visitors import session_and_role


@dataclass(frozen=True)
class Giver:
    """Who gives feedback on which session, and where.

    Attributes:
        here: the address of the form; draft: that of its draft.
        by_link: the visitor is not signed in, and this is all that they may do.
    """

    person: Person
    session: Session
    here: str
    draft: str
    by_link: bool


_FIELDS = (*ITEM_KEYS, *CHECK_KEYS, *TopicForm.base_fields)
_Page = Callable[[HttpRequest, Giver], HttpResponse]


def _signed_in(page: _Page) -> Callable[[HttpRequest, str], HttpResponse]:
    """The page at the session's own address, for its client."""

    @login_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(page)
    def view(request: HttpRequest, code: str) -> HttpResponse:
        session, role = session_and_role(request, code)
        if role is not Role.CLIENT:
            raise Http404
        here, draft = reverse("feedback", args=[code]), reverse("feedback-draft", args=[code])
        return page(request, Giver(person_of(request), session, here, draft, by_link=False))

    return view


def _by_link(page: _Page) -> Callable[[HttpRequest, str], HttpResponse]:
    """The page at the address of a link; guesses are counted as those of sign-in links are."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(page)
    def view(request: HttpRequest, token: str) -> HttpResponse:
        tries = brake.Counted(ONE_ADDRESS, brake.address_of(request))
        if wait := brake.take(tries):
            return too_many_tries(request, wait)
        session = feedback_queries.session_of_link(token)
        if session is None:
            return render(request, "roleplay/feedback_link_ended.html", {"by_link": True}, status=404)
        brake.give_back(tries)
        here, draft = reverse("feedback-by-link", args=[token]), reverse("feedback-draft-by-link", args=[token])
        return page(request, Giver(session.client, session, here, draft, by_link=True))

    return view


def _feedback(request: HttpRequest, giver: Giver) -> HttpResponse:
    """The form after the end; a second feedback is refused and the first stays."""
    session, given = giver.session, hasattr(giver.session, "feedback")
    context: dict[str, Any] = {
        "session": session,
        "partner": session.counselor,
        "heavy": queries.is_heavy(session),
        "help_lines": queries.help_lines(),
        "giver": giver,
        "by_link": giver.by_link,
        "mood": mood_of(request, giver.person, session) if given else "",
    }
    if session.ended_at is None:
        return render(
            request, "roleplay/feedback_not_yet.html", context, status=409 if request.method == "POST" else 200
        )
    if given and (request.method != "POST" or context["mood"]):
        return render(request, "roleplay/feedback_given.html", context)
    draft = feedback_queries.draft_of(giver.person, session)
    data = request.POST if request.method == "POST" else None
    form = FeedbackForm(data, initial=draft.answers)
    topic_form = None if session.topic_main else TopicForm(data, initial=draft.answers)
    if data is not None:
        good = form.is_valid()
        if topic_form is not None:
            good = topic_form.is_valid() and good
        if good and "later" not in data:
            try:
                topic = topic_form.topic() if topic_form else None
                actions.give_feedback(session.pk, giver.person, form.items(), form.checks(), topic)
            except actions.RefusedError:
                return render(request, "roleplay/feedback_given.html", context | {"again": True}, status=409)
            return redirect(giver.here)
        if given:
            return render(request, "roleplay/feedback_given.html", context | {"again": True}, status=409)
        _keep_all(giver, data)
        if "later" in data:
            messages.success(request, _("Your answers are kept. You can go on whenever you like."))
            return redirect(giver.here)
    context |= {"form": form, "topic_form": topic_form, "goes_on": bool(draft.answers) and data is None}
    context |= {"draft_version": draft.version}
    return render(request, "roleplay/feedback.html", context, status=422 if data is not None else 200)


def _keep_all(giver: Giver, data: QueryDict) -> None:
    """Keep what a whole form holds, as far as it can be: somebody without scripts has no other draft."""
    sent = {name: values for name in _FIELDS if len(values := data.getlist(name)) < 2}
    changes = {name: values[0] if values else "" for name, values in sent.items()}
    try:
        actions.keep_draft(
            giver.session.pk, giver.person, {n: value for n, value in changes.items() if actions.is_answer(n, value)}
        )
    except actions.RefusedError:
        return  # given meanwhile: the next page says so


def _draft(request: HttpRequest, giver: Giver) -> HttpResponse:
    """The answers so far, for a page that comes back to them; a POST adds what has changed."""
    session = giver.session
    if request.method != "POST":
        if hasattr(session, "feedback"):
            return JsonResponse({"code": "given"}, status=409)
        draft = feedback_queries.draft_of(giver.person, session)
        return JsonResponse({"answers": draft.answers, "version": draft.version})
    changes = {name: request.POST[name] for name in request.POST if name != "csrfmiddlewaretoken"}
    try:
        draft = actions.keep_draft(session.pk, giver.person, changes)
    except actions.RefusedError as refused:
        status = 422 if refused.code == "bad-draft" else 409
        return JsonResponse({"code": refused.code, "message": str(refused)}, status=status)
    return JsonResponse({"version": draft.version})


feedback, feedback_draft = _signed_in(_feedback), _signed_in(_draft)
feedback_by_link, feedback_draft_by_link = _by_link(_feedback), _by_link(_draft)
