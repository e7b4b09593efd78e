"""Whatever is sent to any address or over any socket of a running platform: no failure, and no trace of one.

On SQLite and on PostgreSQL, which refuses other things. What may be destroyed belongs to a guest.
"""

import contextlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from kokorochat.web.fake_line.server import SECRET
from kokorochat.web.replay.spawn import Platform
from kokorochat.web.transports.browser.consumer import TalkConsumer
from line_bot import wait_for
from parts import empty_postgres
from rights import PATHS
from story import wild

pytestmark = pytest.mark.slow
EXAMPLES = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
FORM = (("Content-Type", wild.FORM),)
FEWER = settings(EXAMPLES, max_examples=150)
LARGEST = 65_536
PEOPLE = ("nobody", "client", "counselor", "administrator", "guest")
ENDS_SIGN_INS = (
    "sign-in-by-link",
    "sign-out",
    "sign-out-everywhere",
    "password",
    "second-factor-set-up",
    "second-factor-remove",
)

_FILL = """
import json
from kokorochat.web import server; server.set_up()
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from uuid import uuid4
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.web.accounts import consent
from kokorochat.web.accounts.actions import add_person, make_sign_in_link
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Alert
from kokorochat.web.transports.line.models import Account
from kokorochat.web.transports.line.sealing import digest_of, seal

people = {who: add_person(None, who, who, administrator=who == "administrator") for who in
          ("client", "counselor", "administrator", "guest")}
for person in people.values():
    consent.accept(person, 1)
add_person(None, "program", "program", program=True)
codes = []
for state in ("open", "talk", "ended", "rated"):
    one = actions.pair(None, people["counselor"], people["client"], start=timezone.now())
    codes.append(one.code)
    if state != "open":
        actions.say(one.pk, people["counselor"], uuid4(), "こんにちは。")
    if state in ("ended", "rated"):
        actions.end(one.pk, people["client"], uuid4())
    if state == "rated":
        actions.give_feedback(one.pk, people["client"], dict.fromkeys(ITEM_KEYS, 3), [])
alert = actions.raise_alert(one.pk, Alert.Kind.STOP)
Account.objects.create(digest=digest_of("U" + "4" * 32), sealed_user=seal(b"U" + b"4" * 32), person=people["client"])
sessions = {}
for who, person in people.items():
    store = SessionStore()
    now = timezone.now().timestamp()
    store.update({SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
                  HASH_SESSION_KEY: person.get_session_auth_hash(), "sign_in_began": now, "sign_in_used": now})
    store.save()
    sessions[who] = store.session_key
print(json.dumps({"sessions": sessions, "codes": codes, "guest": people["guest"].pk, "alert": alert.pk,
                  "token": make_sign_in_link(None, people["guest"])}))
"""


@dataclass(frozen=True)
class Target:
    """A running platform, and what is known of it.

    Attributes:
        cookies: {who: the `Cookie` header of their browser}.
        known: {placeholder of an address: what it may be filled with}.
    """

    platform: Platform
    client: httpx.Client
    cookies: dict[str, str]
    known: dict[str, tuple[str, ...]]
    log_read: list[int] = field(default_factory=lambda: [0])

    def send(self, request: wild.Request, person: str) -> httpx.Response:
        target = request.path.encode() + (b"?" + request.query if request.query else b"")
        url = self.client.base_url.copy_with(raw_path=target)
        headers = [(name, value.encode("latin-1", "replace")) for name, value in request.headers]
        if not any(name == "Cookie" for name, _ in headers):
            headers.append(("Cookie", self.cookies[person].encode()))
        headers.append(("X-CSRFToken", b"t" * 32))
        return self.client.request(request.method, url, headers=headers, content=request.body)

    def talk(self, who: str, code: str) -> ClientConnection:
        url = f"{self.platform.url.replace('http', 'ws', 1)}/ws/sessions/{code}"
        cookie = {"Cookie": self.cookies[who]}
        return connect(url, origin=self.platform.url, additional_headers=cookie, proxy=None, max_size=None)

    def assert_quiet(self) -> None:
        """The log tells of no failure since the last time."""
        told = self.platform.log[self.log_read[0] :]
        self.log_read[0] += len(told)
        assert "Traceback" not in told, told[-3000:]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(empty_postgres()) if request.param == "postgres" else None
        platform = stack.enter_context(Platform(database_url=postgres, line=True))
        told = json.loads(
            subprocess.run(
                [sys.executable, "-c", _FILL], env=platform.environment, check=True, capture_output=True, text=True
            ).stdout
        )
        token = f"csrftoken={'t' * 32}"
        cookies = {who: f"{token}; sessionid={key}" for who, key in told["sessions"].items()} | {"nobody": token}
        known = {
            "{code}": (*told["codes"], "no-such-code"),
            "{pk}": (str(told["guest"]), "999999"),
            "{alert}": (str(told["alert"]), "999999"),
            "{token}": (told["token"], "no-such-token"),
        }
        client = stack.enter_context(httpx.Client(base_url=platform.url, trust_env=False, timeout=30))
        yield Target(platform, client, cookies, known)


def test_no_request_makes_it_fail(target: Target) -> None:
    answered: Counter[int] = Counter()

    @EXAMPLES
    @given(request=wild.requests(target.known))
    def sent(request: wild.Request) -> None:
        for person in ("guest",) if request.name in ENDS_SIGN_INS else PEOPLE:
            answer = target.send(request, person)
            assert answer.status_code < 500, (person, request)
            if answer.headers.get("content-type") == "application/json" and request.method != "HEAD":
                answer.json()
            answered[answer.status_code] += 1

    sent()
    target.assert_quiet()
    assert {200, 302, 404, 405} <= set(answered), "it gets further than the door"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_field_that_holds_a_nul_makes_no_page_fail(target: Target, method: str) -> None:
    """PostgreSQL takes none, in a question either. What decides whether a page goes on to ask is as it should be."""
    fields = dict.fromkeys(wild.FIELDS, "a\0b") | {"until": "2026-11-26T00:00:00+00:00"}
    form, query = (wild.encoded(fields), b"") if method == "POST" else (b"", wild.encoded(fields)[: wild.LONGEST_QUERY])
    for name, path in PATHS.items():
        if name in ENDS_SIGN_INS:
            continue
        for place, found in target.known.items():
            path = path.replace(place, found[0])
        for person in ("client", "counselor", "administrator"):
            request = wild.Request(method, name, path, query, FORM, form)
            assert target.send(request, person).status_code < 500, (person, request)
    target.assert_quiet()


def test_no_genuine_webhook_makes_it_fail(target: Target) -> None:
    """LINE's events may grow: what is signed is stored, whatever it is, and the worker goes on."""

    @FEWER
    @given(body=wild.webhook_bodies)
    def sent(body: bytes) -> None:
        headers = {"X-Line-Signature": wild.signed(SECRET, body), "Content-Type": "application/json"}
        assert target.client.post("/line/webhook", content=body, headers=headers).status_code == 200

    sent()
    last = f"last {uuid4()}"
    event = {
        "type": "message",
        "webhookEventId": uuid4().hex,
        "timestamp": 2**52,
        "source": {"type": "user", "userId": "U" + "4" * 32},
        "message": {"id": uuid4().hex, "type": "text", "text": last},
    }
    body = json.dumps({"events": [event]}).encode()
    target.client.post("/line/webhook", content=body, headers={"X-Line-Signature": wild.signed(SECRET, body)})

    def heard() -> bool:
        words = wild.Request("POST", "history", "/history", b"", FORM, f"words={last}".encode())
        return last in target.send(words, "client").text

    wait_for(heard, 20)
    target.assert_quiet()


KINDS = (*TalkConsumer().handlers(), "odd", "")
frames = st.one_of(
    wild.objects(
        ("type", "id", "text", "last", "number", "minutes", "on"),
        type=st.one_of(st.sampled_from([kind for kind in KINDS if kind != "end"]), wild.values),
        id=st.one_of(st.uuids().map(str), wild.values),
    ).map(json.dumps),
    wild.values.map(json.dumps),
    st.text(max_size=50),
    st.binary(max_size=50),
    st.sampled_from(["[" * 30_000, '{"type":' * 8_000, '{"type":"say","text":"\\ud800"}', "9" * 60_000, "\0", "NaN"]),
)


def lives(screen: ClientConnection) -> bool:
    """Whether a screen is answered, after all that it was told before."""
    screen.send(json.dumps({"type": "hello", "last": 0}))
    while True:
        if json.loads(screen.recv(20))["type"] == "state":
            return True


def test_no_frame_makes_it_fail(target: Target) -> None:
    code = target.known["{code}"][1]
    with target.talk("counselor", code) as desk:

        @FEWER
        @given(told=st.lists(frames, min_size=1, max_size=3))
        def sent(told: list[str | bytes]) -> None:
            for frame in told:
                desk.send(frame.encode("utf-8", "replace").decode() if isinstance(frame, str) else frame)
            assert lives(desk)

        sent()
    target.assert_quiet()


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_a_frame_has_at_most_64_kib(target: Target, binary: bool) -> None:
    """The largest is read and answered; one byte more closes the socket, and nobody else's."""
    code = target.known["{code}"][1]
    start, stop = '{"type":"say","id":"x","text":"', '"}'
    largest = start + "a" * (LARGEST - len(start + stop)) + stop
    with target.talk("counselor", code) as desk, target.talk("client", code) as other:
        desk.send(largest.encode() if binary else largest)
        assert json.loads(desk.recv(10))["type"] == "refused"
        desk.send((largest + " ").encode() if binary else largest + " ")
        with contextlib.suppress(ConnectionClosed):
            while desk.recv(10):
                pass
        assert desk.close_code == 1009
        assert lives(other)
    target.assert_quiet()


@pytest.mark.parametrize("path", ["", "no-such", "%00", "%ff", "a%2fb", "x" * 5000, "あ"])
def test_no_address_of_a_socket_makes_it_fail(target: Target, path: str) -> None:
    with contextlib.suppress(Exception), target.talk("counselor", path) as screen:
        screen.recv(5)
    assert target.client.get("/health").status_code == 200
    target.assert_quiet()


def test_a_json_answer_is_json_whatever_the_version_is(target: Target) -> None:
    """The notes, which scripts read: any text and any version is stored, refused or answered with what stands there."""
    code = target.known["{code}"][2]

    @FEWER
    @given(text=wild.texts, version=wild.texts)
    def sent(text: str, version: str) -> None:
        form: dict[str, Any] = {"text": text, "version": version}
        note = wild.Request("POST", "note", f"/sessions/{code}/note", b"", FORM, wild.encoded(form))
        answer = target.send(note, "counselor")
        assert answer.status_code in (200, 400, 409, 422)
        if answer.status_code != 400:
            assert isinstance(answer.json(), dict)

    sent()
    target.assert_quiet()
