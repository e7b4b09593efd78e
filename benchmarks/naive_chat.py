"""The chat that a tutorial teaches, as a control for the kill test: same models, same server, no delivery rules.

Its socket stores a text and sends it to the group, nothing more: no ack, no number to catch up from. So what the kill
test finds in it is what the platform's protocol prevents.
"""

import argparse
import json
import os
from typing import Any
from uuid import uuid4

from kokorochat.web.server import LARGEST_FRAME, check, set_up

set_up()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from kokorochat.web.asgi import http  # noqa: E402
from kokorochat.web.roleplay import actions, queries  # noqa: E402


class NaiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Store, send to all, forget."""

    async def connect(self) -> None:
        """Join the group."""
        code = self.scope["url_route"]["kwargs"]["code"]
        self.session = await database_sync_to_async(queries.session_of)(self.scope["user"], code)
        if self.session is None:
            await self.close()
            return
        self.group = f"naive.{self.session.pk}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if self.session is not None:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Store the text and send it to everybody."""
        text = json.loads(text_data or "{}")["text"]
        await database_sync_to_async(actions.say)(self.session.pk, self.scope["user"], uuid4(), text)
        await self.channel_layer.group_send(self.group, {"type": "message", "text": text})

    async def message(self, event: dict[str, Any]) -> None:
        """Somebody said something."""
        await self.send(text_data=json.dumps({"text": event["text"]}, ensure_ascii=False))


application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AuthMiddlewareStack(URLRouter([path("ws/sessions/<str:code>", NaiveConsumer.as_asgi())])),
    }
)


def main() -> None:
    """Serve with the platform's own options."""
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    check()
    uvicorn.run(
        application,
        port=parser.parse_args().port,
        ws="websockets-sansio",
        ws_max_size=LARGEST_FRAME,
        access_log=False,
        log_level="warning",
        lifespan="off",
    )


if __name__ == "__main__":
    main()
