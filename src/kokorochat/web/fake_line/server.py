"""Serving the fake: by itself, or beside something else in the same process."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from kokorochat.domain.errors import InputError
from kokorochat.web.fake_line.api import Api
from kokorochat.web.fake_line.channel import Channel, Settings
from kokorochat.web.fake_line.faults import Faults
from kokorochat.web.fake_line.http import Application
from kokorochat.web.fake_line.phone import Phone
from kokorochat.web.ports import check_port

SECRET, TOKEN = "fake-line-secret", "fake-line-token"
"""What platform and fake share unless the environment says otherwise: nothing that the fake holds is worth a secret."""

_START_SECONDS = 20.0


def secret_and_token() -> tuple[str, str]:
    """The channel's secret and access token: the platform's settings, or the fake's own."""
    return os.environ.get("KOKOROCHAT_LINE_SECRET") or SECRET, os.environ.get("KOKOROCHAT_LINE_TOKEN") or TOKEN


class _Server(uvicorn.Server):
    """A server that first ends the streams of its pages: they would never end by themselves."""

    def __init__(self, settings: Settings, host: str, port: int, faults: Faults | None) -> None:
        self._channel = Channel(settings)
        if faults is not None:
            self._channel.courier.faults = faults
        config = uvicorn.Config(
            application(self._channel),
            host=host,
            port=port,
            ws="none",
            lifespan="on",
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=2,
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End."""
        self._channel.stop()
        await super().shutdown(sockets)


def application(channel: Channel) -> Application:
    """A channel's interfaces as an ASGI application."""

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        channel.courier.open()
        try:
            yield
        finally:
            await channel.courier.close()

    return Application([*Api(channel).routes(), *Phone(channel).routes()], life)


def serve(settings: Settings, host: str, port: int, faults: Faults | None = None) -> None:
    """Serve until interrupted.

    Raises:
        InputError: the port is taken.
    """
    check_port(host, port, "Choose another with --port")
    _Server(settings, host, port, faults).run()


@contextmanager
def running(settings: Settings, host: str, port: int) -> Iterator[str]:
    """Serve in a thread of this process as long as the `with` block runs; gives the address.

    Args:
        port: 0 for any that is free.

    Raises:
        InputError: the port is taken, or the server does not start.
    """
    check_port(host, port, "Choose another with --port")
    server = _Server(settings, host, port, None)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), name="fake-line", daemon=True)
    thread.start()
    give_up = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > give_up:
            raise InputError(f"{host}:{port}", "the fake did not start there", "Choose another port")
        time.sleep(0.01)
    try:
        yield f"http://{host}:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)


def port_near(host: str, port: int) -> int:
    """That port if it is free, else any that is."""
    for wished in (port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, wished))
            except (OSError, OverflowError):
                continue
            found: int = probe.getsockname()[1]
            return found
    raise InputError(host, "has no free port", "Stop something")
