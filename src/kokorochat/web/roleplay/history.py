"""One's past sessions, and the search in one's own talks."""

import re
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kokorochat.web.accounts.guard import person_of
from kokorochat.web.roleplay import queries
from kokorochat.web.roleplay.models import Event, Session
from kokorochat.web.roleplay.views import rows_of

ON_A_PAGE = 50
MOST_FOUND = 100
_AROUND = 40
"""Characters of a message that are shown before and after what was looked for."""


@dataclass(frozen=True)
class Passage:
    """A place in a talk where the words were found."""

    event: Event
    own: bool
    before: str
    found: str
    after: str


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def history(request: HttpRequest) -> HttpResponse:
    """Past sessions, newest first. Searching is a POST: the words that one looks for belong into no address."""
    person = person_of(request)
    # No message holds a NUL, and PostgreSQL takes none in a question either.
    words = request.POST.get("words", "").replace("\0", "").strip()[:100]
    if words:
        events = list(queries.search_talks(person, words)[: MOST_FOUND + 1])
        found: dict[Session, list[Passage]] = {}
        for event in events[:MOST_FOUND]:
            passage = _passage(event, words, own=event.sender_id == person.pk)
            found.setdefault(event.session, []).append(passage)
        rows = [row | {"passages": found[row["session"]]} for row in rows_of(person, found)]
        context = {"words": words, "rows": rows, "count": len(events), "more": len(events) > MOST_FOUND}
        return render(request, "roleplay/found.html", context | {"most": MOST_FOUND})
    past = queries.sessions_of(person).filter(ended_at__isnull=False)
    page = Paginator(past, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": rows_of(person, page.object_list),
        "has_talks": queries.sessions_of(person).filter(started_at__isnull=False).exists(),
        # Only whoever asked for it by the key: on a phone, a keyboard would cover the list.
        "find": "find" in request.GET,
    }
    return render(request, "roleplay/history.html", context)


def _passage(event: Event, words: str, own: bool) -> Passage:
    place = re.search(re.escape(words), event.text, re.IGNORECASE)
    start, end = place.span() if place else (0, 0)
    before, after = event.text[:start], event.text[end:]
    return Passage(
        event,
        own,
        ("…" if len(before) > _AROUND else "") + before[-_AROUND:],
        event.text[start:end],
        after[:_AROUND] + ("…" if len(after) > _AROUND else ""),
    )
