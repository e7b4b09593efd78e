"""A stub of an OpenAI-compatible endpoint on a real socket of this machine."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kokorochat.domain.feedback import ITEM_KEYS

KEY = "sk-test-0123456789abcdef"


@dataclass
class Answer:
    """What the endpoint sends.

    Attributes:
        body: JSON, or text as it is.
        delay: seconds before it.
        cut: the connection is closed after half of the body.
    """

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    cut: bool = False


def completion(text: str | None, finish: str = "stop", usage: Any = None, **message: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "object": "chat.completion",
        "model": "stub-2026",
        "choices": [
            {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
        ],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110} if usage is None else usage,
    }


def topic(main: str = "School Issues", sub: str = "友人との距離") -> dict[str, Any]:
    return completion(json.dumps({"main": main, "sub": sub}, ensure_ascii=False))


def scores(value: int = 3, **items: Any) -> dict[str, Any]:
    return completion(json.dumps({**dict.fromkeys(ITEM_KEYS, value), **items}))


class Endpoint:
    """Attributes:
    requests: the bodies of all requests so far.
    keys: the Authorization headers.
    ports: of the other side, a connection each.
    """

    def __init__(self, answer: Callable[[dict[str, Any], int], Answer]) -> None:
        self.answer, self.lock = answer, threading.Lock()
        self.requests, self.keys, self.ports = [], [], []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with endpoint.lock:
                    endpoint.requests.append(asked)
                    endpoint.keys.append(self.headers["Authorization"])
                    endpoint.ports.append(self.client_address[1])
                    number = len(endpoint.requests)
                told = endpoint.answer(asked, number)
                time.sleep(told.delay)
                text = told.body if isinstance(told.body, str) else json.dumps(told.body, ensure_ascii=False)
                data = text.encode()
                try:
                    self.send_response(told.status)
                    for name, value in {"Content-Type": "application/json", **told.headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data[: len(data) // 2] if told.cut else data)
                except OSError:
                    told.cut = True
                if told.cut:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"


@contextmanager
def endpoint(*answers: Answer | dict[str, Any] | Callable[[dict[str, Any], int], Any]) -> Iterator[Endpoint]:
    """Serve these answers one after the other, the last one for ever; a function gets the request and its number."""

    def answer(asked: dict[str, Any], number: int) -> Answer:
        told = answers[min(number, len(answers)) - 1]
        told = told(asked, number) if callable(told) else told
        return told if isinstance(told, Answer) else Answer(told)

    running = Endpoint(answer)
    thread = threading.Thread(target=running.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.server.shutdown()
        running.server.server_close()
        thread.join()
