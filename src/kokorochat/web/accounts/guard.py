"""Who asks for a page, and who may open an administrator's."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from kokorochat.web.accounts.models import Person

_View = Callable[..., HttpResponse]


def person_of(request: HttpRequest) -> Person:
    """The signed-in visitor."""
    assert isinstance(request.user, Person)
    return request.user


def administrators_only(view: _View) -> _View:
    """For anyone else the page does not exist."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *arguments: object, **options: object) -> HttpResponse:
        if not isinstance(request.user, Person) or not request.user.is_staff:
            raise Http404
        return view(request, *arguments, **options)

    return guarded
