"""A small bot that the fake LINE platform talks to, and the people behind its phones, for tests."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from kokorochat.web.fake_line.webhook import signature

SECRET, TOKEN = "a-secret", "a-token"


class Bot:
    """A webhook that keeps what it is sent, checks the signature, and can be told how to answer.

    Attributes:
        answers: statuses of the next answers; after them 200. A 0 is silence for longer than the fake waits.
        taken: the events whose signature was right, in the order of arrival.
        refused: how many requests had a wrong signature.
    """

    def __init__(self, fake: httpx.Client, url: str) -> None:
        self.fake, self.url = fake, url
        self.answers: list[int] = []
        self.taken: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self.refused = 0
        self._lock = threading.Lock()

    def take(self, body: bytes, mark: str) -> int:
        with self._lock:
            if mark != signature(SECRET, body):
                self.refused += 1
                return 400
            status = self.answers.pop(0) if self.answers else 200
            if status == 200:
                self.bodies.append(json.loads(body))
                self.taken += self.bodies[-1]["events"]
            return status

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {TOKEN}"} | {name.replace("_", "-"): v for name, v in headers.items()}
        return self.fake.request(method, f"/v2/bot/{path}", json=body, headers=headers)

    def push(self, to: str, *texts: str, key: str = "") -> httpx.Response:
        headers = {"x_line_retry_key": key} if key else {}
        return self.call("POST", "message/push", {"to": to, "messages": [said(text) for text in texts]}, **headers)

    def reply(self, token: str, *texts: str, **headers: str) -> httpx.Response:
        body = {"replyToken": token, "messages": [said(text) for text in texts]}
        return self.call("POST", "message/reply", body, **headers)

    def events(self, count: int) -> list[dict[str, Any]]:
        """The events, as soon as there are so many."""
        wait_for(lambda: len(self.taken) >= count)
        return self.taken


class Phones:
    """What people do, by the fake's own JSON."""

    def __init__(self, fake: httpx.Client) -> None:
        self._fake = fake

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        response = self._fake.request(method, f"/fake/{path}", json=body)
        assert response.is_success, response.text
        return response.json()

    def add(self, name: str = "みどり") -> str:
        return str(self.ask("POST", "people", {"name": name})["id"])

    def say(self, person: str, text: str) -> str:
        return str(self.ask("POST", f"people/{person}/say", {"text": text})["id"])

    def act(self, person: str, what: str, **values: Any) -> Any:
        return self.ask("POST", f"people/{person}/{what}", values)

    def screen(self, person: str) -> list[str]:
        """What stands on a phone, oldest first."""
        return [bubble["text"] for bubble in self.ask("GET", f"people/{person}")["thread"]]

    def faults(self, **plan: Any) -> None:
        self.ask("PUT", "faults", plan)

    def ledger(self) -> dict[str, Any]:
        return self.ask("GET", "ledger")

    def quiet_ledger(self) -> dict[str, Any]:
        """The ledger when nothing is on its way any more."""
        wait_for(lambda: self.ledger()["pending"] == 0)
        return self.ledger()


def said(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def wait_for(true: Callable[[], bool], seconds: float = 10) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up, "it did not come"
        time.sleep(0.01)
