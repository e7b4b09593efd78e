"""What every answer passes through."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

_Next = Callable[[HttpRequest], HttpResponse]


def chosen_language(cookies: Mapping[str, str]) -> str:
    """The language that a visitor has chosen by the switch, which a cookie keeps; the platform's own without one."""
    chosen = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class ChosenLanguageMiddleware:
    """Japanese, unless the person has chosen English by the switch on the page.

    The browser's own wish is not asked: an association works in one language, and a borrowed or headless browser
    would change it unseen.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the chosen language."""
        language = chosen_language(request.COOKIES)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response


class PrivatePagesMiddleware:
    """No page with a person's words stays in a cache, shared or the browser's own."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: _Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, not to be stored."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
