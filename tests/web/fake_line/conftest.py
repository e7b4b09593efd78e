"""The fake on a port of its own, and a small bot that it talks to."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from kokorochat.web.fake_line.channel import Settings
from kokorochat.web.fake_line.server import running
from line_bot import SECRET, TOKEN, Bot, Phones


@pytest.fixture
def fake() -> Iterator[httpx.Client]:
    with (
        running(Settings(SECRET, TOKEN), "127.0.0.1", 0) as url,
        httpx.Client(base_url=url, trust_env=False, verify=False) as client,
    ):
        yield client


@pytest.fixture
def phones(fake: httpx.Client) -> Phones:
    return Phones(fake)


@pytest.fixture
def bot(fake: httpx.Client) -> Iterator[Bot]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            assert urlsplit(self.path).path == "/line/webhook"
            body = self.rfile.read(int(self.headers["content-length"]))
            status = bot.take(body, self.headers.get("x-line-signature", ""))
            if status == 0:
                time.sleep(2.5)
            self.send_response(status or 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def handle(self) -> None:
            # The fake gives up waiting and hangs up.
            with suppress(BrokenPipeError, ConnectionResetError):
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    bot = Bot(fake, f"http://127.0.0.1:{server.server_port}/line/webhook")
    assert bot.call("PUT", "channel/webhook/endpoint", {"endpoint": bot.url}).status_code == 200
    yield bot
    server.shutdown()
    server.server_close()
