"""The application that a server runs: HTTP and the talk's sockets."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kokorochat.web.settings")
http = get_asgi_application()

# These need Django to be set up.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402

from kokorochat.web.transports.browser.consumer import TalkConsumer  # noqa: E402

sockets = AuthMiddlewareStack(URLRouter([path("ws/sessions/<str:code>", TalkConsumer.as_asgi())]))

application = ProtocolTypeRouter(
    # AllowedHostsOriginValidator would let any port and plain http in; this one compares whole origins.
    {"http": http, "websocket": OriginValidator(sockets, settings.ORIGINS)}
)
