"""What of a session belongs to the visitor, and how a page is reached from outside."""

from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.http import Http404, HttpRequest

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.roleplay import queries
from kokorochat.web.roleplay.models import Session


def session_and_role(request: HttpRequest, code: str) -> tuple[Session, Role]:
    """The session and the visitor's role; a stranger's code is as unknown as one that was never given."""
    session = queries.session_of(person_of(request), code)
    role = session.role_of(request.user.pk) if session else None
    if session is None or role is None:
        raise Http404
    return session, role


def address_of(request: HttpRequest, path: str) -> str:
    """A path as it is opened from outside: behind a proxy the request doesn't tell it, the settings do."""
    here = [origin for origin in settings.ORIGINS if urlsplit(origin).netloc == request.get_host()]
    return (here or settings.ORIGINS)[0] + path


def address_for_others(path: str) -> str:
    """A path as it is given to somebody else: at the first origin, as all links that the platform sends.

    Not where the giver is: sign-ins belong to a host's name, and whoever opens the link in the same browser, as in the
    demo, would take the giver's place.
    """
    return f"{settings.ORIGINS[0]}{path}"


def qr_code(address: str) -> str:
    """An address as a picture for a phone's camera: a `data:` URI of an SVG."""
    return segno.make(address, error="m").svg_data_uri(scale=5, border=3, dark="#16201f", light="#ffffff")
