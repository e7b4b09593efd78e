"""A bare echo: the platform's server (uvicorn) with an application that stores nothing; the floor of ceiling.py."""

import argparse
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from kokorochat.web.server import LARGEST_FRAME

Message = dict[str, Any]


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Give each frame back; to HTTP, say that all is well."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})
        return
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "websocket.send", "text": message["text"]})


def main() -> None:
    """Serve as the platform does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
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
