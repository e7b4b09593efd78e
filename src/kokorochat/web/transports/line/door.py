"""Whether the door is open: it is as soon as the channel's secret and token are set."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

_View = Callable[..., HttpResponse]


def is_open() -> bool:
    """Whether this platform has a LINE channel."""
    return bool(settings.LINE_SECRET)


def behind_the_door(view: _View) -> _View:
    """Without a channel the page does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: object, **options: object) -> HttpResponse:
        if not is_open():
            raise Http404
        return view(request, *arguments, **options)

    return guarded


def door(request: HttpRequest) -> dict[str, bool]:
    """For templates: whether to show the way to the door."""
    return {"line_is_open": is_open()}
