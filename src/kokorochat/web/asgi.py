"""The application that a server runs: HTTP and the talk's sockets."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kokorochat.web.settings")
http = get_asgi_application()

# These need Django to be set up.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from kokorochat.web.bodies import limited  # noqa: E402
from kokorochat.web.threads import on_kept_threads  # noqa: E402
from kokorochat.web.transports.browser.consumer import TalkConsumer  # noqa: E402
from kokorochat.web.transports.browser.look import LookConsumer  # noqa: E402
from kokorochat.web.transports.browser.openings import by_address, by_person  # noqa: E402

_Application = Callable[[dict[str, Any], Any, Callable[[dict[str, Any]], Awaitable[None]]], Awaitable[None]]


async def refuse(scope: dict[str, Any], receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Close a socket before it is open; the browser sees a 403."""
    await receive()
    await send({"type": "websocket.close", "code": 4403})


def own_pages_only(application: _Application) -> _Application:
    """Let in what comes from a page of the platform's own origins, compared as a whole and as written.

    Channels' validators compare hosts or parse what a stranger wrote; a string that must be equal needs neither.
    """

    async def guarded(scope: dict[str, Any], receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        origins = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"origin"]
        own = len(origins) == 1 and origins[0] in settings.ORIGINS
        await (application if own else refuse)(scope, receive, send)

    return guarded


_addresses = [
    path("ws/sessions/<slug:code>", TalkConsumer.as_asgi()),
    path("ws/looks/<slug:code>", LookConsumer.as_asgi()),
    re_path("", refuse),  # type: ignore[arg-type]
]
sockets = by_address(AuthMiddlewareStack(by_person(URLRouter(_addresses))))

application = ProtocolTypeRouter({"http": limited(on_kept_threads(http)), "websocket": own_pages_only(sockets)})
