"""Pages for what can't be answered: what happened, what is safe, what to do next."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _


def _page(request: HttpRequest, status: int, title: str, text: str, back: str = "") -> HttpResponse:
    return render(request, "error.html", {"title": title, "text": text, "back": back}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return _page(
        request,
        400,
        _("Not understood"),
        _(
            "The browser sent something unusable, or the platform is not set up for this address. "
            "Tell an administrator if it stays so."
        ),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _page(
        request, 403, _("Not allowed"), _("This page is not open to you. Ask an administrator if it should be.")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, for what is not there and for what is somebody else's."""
    return _page(
        request, 404, _("Not found"), _("There is no such page, or it is not yours. Look for it in your sessions.")
    )


def failed(request: HttpRequest) -> HttpResponse:
    """500. What was stored before is safe: every change is whole or not made."""
    return _page(
        request,
        500,
        _("Something went wrong"),
        _("It is our fault and it is noted. What was stored before is safe. Go back and try again in a moment."),
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that did not come from our own page, or from one that was open too long."""
    return _page(
        request,
        403,
        _("The page was open too long"),
        _("Nothing was stored. Go back, reload the page and send again."),
        _page_before(request),
    )


def _page_before(request: HttpRequest) -> str:
    """The page of ours from which a form was sent; empty if the browser does not tell."""
    before = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(before, {request.get_host()}, request.is_secure())
    return urlsplit(before).path if ours else ""


def too_many_tries(request: HttpRequest, wait: int) -> HttpResponse:
    """429, with the time from which it goes on; `wait` in seconds."""
    # A whole minute, rounded up: whoever comes at the time that was told comes late enough.
    until = timezone.localtime(timezone.now() + timedelta(seconds=wait + 59))
    page = _page(
        request,
        429,
        _("Too many tries"),
        _("To keep guessers out, nobody is let in here for a moment. Try again at %(time)s.")
        % {"time": time_format(until, "TIME_FORMAT")},
    )
    page.headers["Retry-After"] = str(wait)
    return page
