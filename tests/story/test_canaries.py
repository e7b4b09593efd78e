"""Planted words: whatever people write, and wherever, none of it is ever found outside the database.

A real server and a real worker, with PostgreSQL or SQLite and with Redis, are used in every way that takes words; they
are made to fail while they hold some. Then logs, metrics, Redis, mails, the temporary folder, the arguments of
processes and the database's own list of statements are searched. A control stands in each of them and must be found.
"""

import contextlib
import html
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from mailbox import mailbox
from typing import Any
from urllib.parse import quote
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest
from redis import Redis
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.web.replay.spawn import Platform
from line_bot import Phones, wait_for
from parts import empty_postgres, need_redis
from story import places

pytestmark = pytest.mark.slow
TOKEN = "a-long-random-token-of-the-tests"
REDIS = {"sqlite-line": 13, "postgres-json": 14}
"""One for each, since they may run side by side."""
FAILS = "FAILS"
"""A row that holds this can't be stored, and the fault names what stands in it, as PostgreSQL's do."""

_FAILING = """
import json, logging, os, sys
from kokorochat.web import server; server.set_up()
from django.db.models.signals import pre_save

def fail(instance, **_):
    held = [str(v) for v in vars(instance).values() if isinstance(v, str | dict) and "FAILS" in str(v)]
    if held:
        raise ValueError(f"can't store {held}", *held)

pre_save.connect(fail)
opened = os.environ["TMPDIR"]
def note(event, arguments):
    if event == "open" and str(arguments[0]).startswith(opened):
        os.write(2, b"A TEMPORARY FILE IS OPENED\\n")
sys.addaudithook(note)
from prometheus_client import Counter
Counter("control", "Of the test.", ["word"]).labels(os.environ["CONTROL"]).inc()
from kokorochat.cli import main
logging.getLogger("kokorochat").warning("a control: %s", os.environ["CONTROL"])
sys.exit(main(["web", *sys.argv[1:]]))
"""


_REMIND = """
import sys
from datetime import timedelta
from kokorochat.web import server; server.set_up()
from django.utils import timezone
from kokorochat.web.roleplay.actions import notices
from kokorochat.web.roleplay.models import Session

ended = timezone.now() - timedelta(hours=4)
Session.objects.filter(code=sys.argv[1]).update(
    ended_at=ended, last_at=ended, counselor_came_at=ended, client_came_at=ended)
assert notices.remind(timezone.now())
"""


@dataclass
class Planted:
    """The words that were planted: {where: word}."""

    words: dict[str, str] = field(default_factory=dict)

    def word(self, where: str) -> str:
        """A new word; it is an ASCII one, so that it looks alike in most writings."""
        return self.words.setdefault(where, f"planted{uuid4().hex}")


class Browser:
    """One person's browser, without a screen."""

    def __init__(self, platform: Platform, link: str) -> None:
        self.client = httpx.Client(base_url=platform.url, trust_env=False)
        assert self.client.get(link).status_code == 302
        self.socket = f"{platform.url.replace('http', 'ws', 1)}/ws/"

    def send(self, path: str, due: int, **form: Any) -> httpx.Response:
        """Send a form of the platform's own."""
        answer = self.post(path, data=form)
        assert answer.status_code == due, (path, answer.status_code)
        return answer

    def post(self, path: str, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        """Any POST with the token that forms have."""
        self.client.get("/account")
        token = {"X-CSRFToken": self.client.cookies["csrftoken"]}
        return self.client.post(path, headers=token | (headers or {}), **body)

    def accept_consent(self) -> None:
        """As somebody who has read the page."""
        version = re.search(r'name="version" value="(\d+)"', self.client.get("/consent").text)
        assert version
        self.send("/consent", 302, version=version[1])

    def confirm_address(self, address: str, mails: list[bytes]) -> None:
        """Name a mail address, and open the link in the mail that comes there."""
        known = len(mails)
        self.send("/account/mail", 302, email=address)
        wait_for(lambda: len(mails) > known, 10)
        mail = message_from_bytes(mails[-1], policy=policy.default).get_content()
        self.send(re.search(r"/account/mail/\S+", mail)[0], 200)  # type: ignore[index]

    def talk(self, code: str) -> contextlib.AbstractContextManager[ClientConnection]:
        """An open screen."""
        return self._screen(f"sessions/{code}")

    def look(self, code: str) -> contextlib.AbstractContextManager[ClientConnection]:
        """The screen of an administrator who reads along."""
        page = html.unescape(self.client.get(f"/administration/sessions/{code}/talk").text)
        found = re.search(r'"pass": "([^"]+)"', page)
        assert found, "the page gives its pass"
        return self._screen(f"looks/{code}?pass={quote(found[1])}")

    def _screen(self, path: str) -> contextlib.AbstractContextManager[ClientConnection]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        origin = str(self.client.base_url).rstrip("/")
        return connect(self.socket + path, origin=origin, additional_headers={"Cookie": cookies}, proxy=None)


def tell(screen: ClientConnection, kind: str, **fields: Any) -> None:
    screen.send(json.dumps({"type": kind, **fields}))


def answered(screen: ClientConnection, *kinds: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(screen.recv(10))
        if frame["type"] in kinds:
            return frame


def noon() -> str:
    """The time zone in which it is about noon: people are reminded by day alone."""
    ahead = 12 - time.gmtime().tm_hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


@pytest.fixture(params=REDIS)
def places_of(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """A running platform with all its parts, and where each of them is looked into."""
    need_redis()
    redis_url = f"redis://127.0.0.1:6379/{REDIS[request.param]}"
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(empty_postgres()) if request.param.startswith("postgres") else None
        mail_url, mails = stack.enter_context(mailbox())
        redis = stack.enter_context(Redis.from_url(redis_url))
        redis.flushdb()
        heard = stack.enter_context(places.monitored(redis_url))
        platform = Platform(database_url=postgres, redis_url=redis_url, line=True, serve=("-c", _FAILING, "serve"))
        temporary = platform.folder / "temporary"
        temporary.mkdir()
        control = f"control{uuid4().hex}"
        platform.environment |= {
            "TMPDIR": str(temporary),
            "CONTROL": control,
            "KOKOROCHAT_METRICS_TOKEN": TOKEN,
            "KOKOROCHAT_EMAIL_URL": mail_url,
            "KOKOROCHAT_LOG": request.param.rpartition("-")[2],
            "KOKOROCHAT_TIME_ZONE": noon(),
        }
        stack.enter_context(platform)
        with (platform.folder / "worker.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-c", _FAILING, "worker"], env=platform.environment, stderr=log, stdout=log
            )
        stack.callback(worker.wait, 20)
        stack.callback(worker.send_signal, signal.SIGTERM)
        yield {
            "platform": platform,
            "postgres": postgres,
            "redis": redis,
            "control": control,
            "mails": mails,
            "temporary": temporary,
            "heard": heard,
        }
        redis.flushdb()


def contents(there: dict[str, Any]) -> dict[str, bytes]:
    """{place: all that stands there now}."""
    platform: Platform = there["platform"]
    found = {
        "log of the server": platform.log.encode(),
        "log of the worker": (platform.folder / "worker.log").read_bytes(),
        "Redis, stored": places.in_redis(there["redis"]),
        "Redis, passed on": bytes(there["heard"]),
        "mails": b"".join(there["mails"]),
        "temporary folder": places.in_files(there["temporary"]),
        "arguments of processes": places.in_arguments(),
        "metrics": places.in_metrics(platform, TOKEN),
    }
    if there["postgres"]:
        found["statements of PostgreSQL"] = places.in_statements(there["postgres"])
    return found


def where(word: str, found: dict[str, bytes]) -> set[str]:
    return {place for place, content in found.items() if places.stands_in(word, content)}


@contextlib.contextmanager
def controls(there: dict[str, Any]) -> Iterator[None]:
    """The control stands in every place: in the logs and metrics since the start, in the others by this."""
    import smtplib

    control = there["control"]
    there["redis"].set("control", control, ex=60)
    wait_for(lambda: control.encode() in there["heard"])  # and with it all that came before
    with smtplib.SMTP(there["platform"].environment["KOKOROCHAT_EMAIL_URL"].removeprefix("smtp://")) as mail:
        mail.sendmail("a@example.org", ["b@example.org"], f"Subject: control\r\n\r\n{control}")
    file = there["temporary"] / "control"
    file.write_text(control)
    waits = [sys.executable, "-c", "input()", control]
    with contextlib.ExitStack() as stack:
        sleeper = stack.enter_context(subprocess.Popen(waits, stdin=subprocess.PIPE))
        if there["postgres"]:
            address = there["postgres"].replace("postgres:", "postgresql:", 1)
            stack.enter_context(psycopg.connect(address)).execute(f"SELECT '{control}'")
        yield
        sleeper.kill()
    file.unlink()


def test_what_people_write_stands_in_the_database_alone(places_of: dict[str, Any]) -> None:
    platform: Platform = places_of["platform"]
    planted = Planted()
    with httpx.Client(base_url=platform.line_url or "", trust_env=False) as fake:
        counselor, code = live_and_fail(platform, Phones(fake), planted, places_of["mails"])
    waiting = statements_that_wait(places_of["postgres"], counselor, code, planted.word("waiting"))
    with controls(places_of):
        found = contents(places_of)
    assert where(places_of["control"], found) == set(found), "the search finds what stands there"
    found["statements that wait"] = waiting
    told = found["log of the server"].decode()
    assert told.count("ValueError") >= 3, "it has failed, and says where"
    assert "in fail" in told
    assert "A TEMPORARY FILE IS OPENED" not in told
    leaks = {name: places_ for name, word in planted.words.items() if (places_ := where(word, found))}
    addresses = {"mailoffice": {"mails"}, "mailcounselor": {"mails"}}
    assert leaks == addresses, "an address stands in the head of the mail to it, and no other word anywhere"


def statements_that_wait(postgres: str | None, counselor: Browser, code: str, word: str) -> bytes:
    """What PostgreSQL shows of notes that are just being stored; they are held up, so that it can be seen."""
    if postgres is None:
        return b""
    with psycopg.connect(postgres.replace("postgres:", "postgresql:", 1)) as holder:
        holder.execute("LOCK TABLE roleplay_note IN SHARE MODE")
        note = {"text": word, "version": 1}
        sending = threading.Thread(target=counselor.send, args=(f"/sessions/{code}/note", 200), kwargs=note)
        sending.start()
        wait_for(lambda: b'UPDATE "roleplay_note"' in places.in_statements(postgres))
        seen = places.in_statements(postgres)
        holder.rollback()
    sending.join()
    return seen


def live_and_fail(platform: Platform, phones: Phones, planted: Planted, mails: list[bytes]) -> tuple[Browser, str]:
    """One of everything that takes words, and of what goes wrong with words in it; the counselor, and the session."""
    word = planted.word
    office = Browser(platform, platform.administrator_link)

    def person(who: str) -> Browser:
        form = {
            "username": word(f"username{who}"),
            "display_name": word(f"name{who}"),
            "password": word(f"secret{who}") + "ひみつ" * 20,
        }
        key = office.send("/administration/people/new", 302, **form).headers["location"].rpartition("/")[2]
        page = office.send(f"/administration/people/{key}/link", 200).text
        browser = Browser(platform, re.search(r'value="(http[^"]*/sign-in/[^"]*)"', page)[1])  # type: ignore[index]
        browser.key = key  # type: ignore[attr-defined]
        browser.accept_consent()
        return browser

    office.confirm_address(f"{word('mailoffice')}@example.org", mails)
    texts = {"japanese": word("consentjapanese"), "english": word("consentenglish"), "follows": 1}
    office.send("/administration/consent", 302, **texts)
    assert office.post("/administration/consent", data=texts | {"english": word("consentclash")}).status_code == 422
    lines = {f"form-0-{name}": word(f"helpline{name}") for name in ("japanese", "english", "contact")}
    office.send("/administration/help-lines", 302, **lines, **{"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 0})
    counselor, client = person("counselor"), person("client")
    counselor.confirm_address(f"{word('mailcounselor')}@example.org", mails)

    def pair(counselor: Browser, client: Browser) -> str:
        arranged = {
            "counselor": counselor.key,  # type: ignore[attr-defined]
            "client": client.key,  # type: ignore[attr-defined]
            "start": f"{datetime.now(ZoneInfo(platform.environment['KOKOROCHAT_TIME_ZONE'])):%Y-%m-%dT%H:%M}",
            "minutes": 60,
        }
        return office.send("/administration/sessions/new", 302, **arranged).headers["location"].rpartition("=")[2]

    code = pair(counselor, client)
    agreed = {"topic_main": "Workplace Issues", "topic_sub": word("topic"), "client_state": word("state")}
    counselor.send(f"/sessions/{code}/conditions", 302, **agreed)

    phone = phones.add(word("phone")[:20])
    page = client.send("/line", 200).text
    phones.say(phone, re.search(r"<output>([^<]+)</output>", page)[1])  # type: ignore[index]
    wait_for(lambda: "/line/unlink" in client.client.get("/line").text, 30)

    with counselor.talk(code) as desk, client.talk(code) as screen:
        tell(desk, "hello", last=0)
        tell(desk, "say", id=str(uuid4()), text=word("desk"))
        answered(desk, "ack")
        tell(screen, "hello", last=0)
        tell(screen, "say", id=str(uuid4()), text=f"（死にたい{word('page')}演技じゃなくて）")
        answered(screen, "ack")
        phones.say(phone, word("line"))
        taken_back = phones.say(phone, word("takenback"))
        phones.act(phone, "sticker", sticker=0)
        wait_for(lambda: word("takenback") in str(json.loads(desk.recv(10))), 20)
        phones.act(phone, "unsend", message=taken_back)
        with office.look(code) as look:
            tell(look, "hello", last=0)
            assert word("desk") in str(answered(look, "events"))
            tell(look, word("lookframe"))
            answered(look, "refused")
        counselor.send(f"/sessions/{code}/note", 200, text=word("note"), version=0)
        counselor.send("/history", 200, words=word("search"))
        odd(desk, word)
        tell(screen, "stop", id=str(uuid4()))
        answered(screen, "ack")
        # Nobody gets an answer to what can't be stored: the server fails, and closes the screen.
        with contextlib.suppress(ConnectionClosed):
            tell(desk, "say", id=str(uuid4()), text=f"{FAILS} {word('faildesk')}")
            answered(desk, "ack")
    phones.say(phone, f"{FAILS} {word('failline')}")
    worker_log = platform.folder / "worker.log"
    wait_for(lambda: "could not be dealt with" in worker_log.read_text(), 30)
    assert counselor.post(
        f"/sessions/{code}/note", data={"text": f"{FAILS} {word('failnote')}", "version": 1}
    ).is_server_error
    assert office.post(
        "/administration/people/new", data={"username": word("failuser"), "display_name": f"{FAILS} {word('failname')}"}
    ).is_server_error
    unanswerable(counselor, office, code, word)
    with counselor.talk(code) as desk:
        tell(desk, "end", id=str(uuid4()))
        answered(desk, "ack")
    drafted = {"topic_main": "Workplace Issues", "topic_sub": word("drafttopic")}
    draft = f"/sessions/{code}/feedback/draft"
    client.send(draft, 200, **drafted)
    client.send(draft, 422, **{word("draftfield"): "3"})
    assert client.post(draft, data={"topic_sub": f"{FAILS} {word('faildraft')}"}).is_server_error
    rated = dict.fromkeys(ITEM_KEYS, "3") | {"topic_main": "Workplace Issues", "topic_sub": word("feedbacktopic")}
    client.send(f"/sessions/{code}/feedback", 302, **rated)
    client.send(f"/sessions/{code}/debrief", 200, mood=word("mood"))
    # A stop is mailed to the office, the feedback to the counselor: so what might hold words has come.
    wait_for(lambda: comes(mails, "/administration/alerts") and comes(mails, f"/sessions/{code}/result"), 30)
    remind(platform, counselor, pair(client, counselor), planted, mails)
    note = {"session": code, "until": datetime.now(UTC).isoformat(), "note": word("review")}
    office.send("/administration/supervision/mark", 302, **note)
    office.send("/administration/supervision/mark", 302, **note | {"note": word("longreview") * 200})
    for path in (f"sessions/{code}/record", "supervision", "supervision/reviewed", "supervision/review", "trail"):
        assert office.client.get(f"/administration/{path}").status_code == 200
    return counselor, code


def comes(mails: list[bytes], path: str) -> bool:
    """Whether a mail with a link to that path has come."""
    return any(path in message_from_bytes(mail, policy=policy.default).get_content() for mail in mails)


def remind(platform: Platform, client: Browser, code: str, planted: Planted, mails: list[bytes]) -> None:
    """A session that ended hours ago, in which somebody with a mail address played the client: they are reminded."""
    with client.talk(code) as screen:
        tell(screen, "hello", last=0)
        tell(screen, "say", id=str(uuid4()), text=planted.word("reminded"))
        answered(screen, "ack")
        tell(screen, "end", id=str(uuid4()))
        answered(screen, "ack")
    made = subprocess.run(
        [sys.executable, "-c", _REMIND, code], env=platform.environment, capture_output=True, text=True, timeout=60
    )
    assert made.returncode == 0, made.stderr
    wait_for(lambda: comes(mails, "/feedback/"), 40)


def odd(desk: ClientConnection, word: Any) -> None:
    """Frames that are refused."""
    for frame in (
        {"type": word("frametype")},
        {"type": "say", "id": word("frameid"), "text": "a"},
        {"type": "say", "id": str(uuid4()), "text": word("frametext") * 200},
        {"type": "say", "id": str(uuid4()), "text": "\0" + word("framezero")},
        {"type": "extend", "id": str(uuid4()), "minutes": word("frameminutes")},
    ):
        desk.send(json.dumps(frame))
        answered(desk, "refused")
    desk.send(word("noframe"))
    desk.send(word("binary").encode())
    for _ in range(2):
        answered(desk, "refused")


def unanswerable(counselor: Browser, office: Browser, code: str, word: Any) -> None:
    """Requests that are refused, or that nothing can be made of."""
    form = "application/x-www-form-urlencoded"
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    counselor.post(f"/sessions/{code}/note", broken, content=f"--x\r\n{word('multipart')}".encode())
    counselor.post(
        f"/sessions/{code}/note", {"Content-Type": form + "; charset=utf-16"}, content=word("charset").encode()
    )
    counselor.post(f"/sessions/{code}/note", {"Content-Type": form}, content=f"{word('field')}=a&".encode() * 1100)
    with contextlib.suppress(httpx.TransportError):  # refused while it is still sent
        counselor.post(f"/sessions/{code}/note", {"Content-Type": form}, content=word("large").encode() * 100_000)
    upload = {"file": (word("filename"), word("upload").encode() * 20_000)}
    counselor.post(f"/sessions/{code}/conditions", files=upload)
    counselor.post("/line/webhook", {"X-Line-Signature": word("signature")}, content=word("webhook").encode())
    counselor.client.get(f"/no/{word('path')}", params={"q": word("query")})
    counselor.client.get(f"/sessions/{word('code')}")
    counselor.client.get(f"/sign-in/{word('token')}")
    told = {"User-Agent": word("agent"), "Referer": f"http://{word('referer')}", "Host": word("host")}
    counselor.client.get("/", headers=told)
    stranger = httpx.Client(base_url=counselor.client.base_url, trust_env=False)
    stranger.get("/sign-in")
    entry = {"username": word("wronguser"), "password": word("wrongsecret"), "next": f"//{word('next')}"}
    stranger.post("/sign-in", data=entry, headers={"X-CSRFToken": stranger.cookies["csrftoken"]})
    stranger.post("/sign-in", data=entry)
    stranger.cookies.set("sessionid", word("cookie"))
    stranger.get("/")
    office.post("/account/password", data={name: word("newsecret") for name in ("new_password1", "new_password2")})
    office.post("/second-factor/set-up", data={"code": word("factor")})
