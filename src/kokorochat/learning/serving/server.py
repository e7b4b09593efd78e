"""Serving the endpoint: by itself, or in a thread beside something else."""

import asyncio
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from kokorochat.domain.errors import InputError
from kokorochat.learning.serving.application import Application
from kokorochat.learning.serving.queue import Queue
from kokorochat.learning.serving.speaking import Speaker

KEY = "KOKOROCHAT_MODEL_KEY"
"""The variable with the key that whoever asks must show."""

_FINISHING_SECONDS = 60
"""In which answers that are under way may end, after we are told to stop."""

_START_SECONDS = 20.0
_THIS_MACHINE = re.compile(r"localhost|127(?:\.[0-9]+){3}|::1")


@dataclass(frozen=True)
class Place:
    """Where and how a model is served.

    Attributes:
        port: 0 for any that is free.
        name: by which the model is asked.
        waiting: chats that may wait while one is answered.
    """

    host: str
    port: int
    name: str
    waiting: int


def key_of_environment(host: str) -> str | None:
    """The key that is to be shown, if there is one.

    Raises:
        InputError: it can't be one; or there is none, and other machines could ask.
    """
    key = os.environ.get(KEY) or None
    if key is None and not _THIS_MACHINE.fullmatch(host):
        raise InputError(f"--host {host}", "lets other machines ask, and no key is set", f"Set {KEY} to a long one")
    if key is not None and (len(key) < 16 or not all("!" <= letter <= "~" for letter in key)):
        raise InputError(KEY, "is shorter than 16 characters, or holds one that no key has", "Take a long random one")
    return key


def serve(speaker: Speaker, place: Place, key: str | None) -> None:
    """Serve until interrupted; answers that are under way are finished first."""
    queue = Queue(speaker, place.waiting)
    try:
        _server(queue, place, key).run()
    finally:
        queue.close()


@contextmanager
def running(speaker: Speaker, place: Place, key: str | None = None) -> Iterator[str]:
    """Serve in a thread of this process as long as the `with` block runs; gives the address up to `/v1`.

    Raises:
        InputError: the server does not start.
    """
    queue = Queue(speaker, place.waiting)
    server = _server(queue, place, key)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), name="serve-model", daemon=True)
    thread.start()
    give_up = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > give_up:
            raise InputError(f"{place.host}:{place.port}", "the server did not start there", "Choose another port")
        time.sleep(0.01)
    try:
        yield f"http://{place.host}:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)
        queue.close()


def _server(queue: Queue, place: Place, key: str | None) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            Application(place.name, queue, key),
            host=place.host,
            port=place.port,
            ws="none",
            lifespan="off",
            # Neither addresses nor words are logged.
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_FINISHING_SECONDS,
        )
    )
