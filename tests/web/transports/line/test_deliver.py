"""What goes to LINE: accepted once and in order, whatever LINE answers."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils import timezone

from cast import talk
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.line import deliver, outbox
from kokorochat.web.transports.line.models import Account, Outgoing, ReplyToken
from web.transports.line.conftest import Line


class Fake:
    """LINE's side: the statuses that it will answer with, then 200; and what it was asked."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.asked: list[tuple[str, str | None, Any]] = []


@pytest.fixture
def fake(settings: Any) -> Iterator[Fake]:
    import json

    told = Fake()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.asked.append((self.path.rpartition("/")[2], self.headers["X-Line-Retry-Key"], body))
            self.send_response(told.answers.pop(0) if told.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    settings.LINE_API = f"http://127.0.0.1:{server.server_address[1]}"
    yield told
    server.shutdown()
    server.server_close()


def send_all() -> None:
    outbox.fill()
    for _ in range(20):
        Account.objects.update(busy_until=None)
        if not deliver.send():
            return


def words(fake: Fake) -> list[str]:
    return [body["messages"][0]["text"] for _, _, body in fake.asked]


def test_the_counselors_words_are_pushed_in_order_each_with_its_key(
    session: Session, linked: Account, fake: Fake
) -> None:
    talk(session, "こんにちは。", "はい。", "どうされましたか。")
    send_all()
    assert words(fake)[1:] == ["こんにちは。", "どうされましたか。"], "after the notice of the start"
    assert len({key for _, key, _ in fake.asked}) == 3
    assert set(Outgoing.objects.values_list("state", flat=True)) == {"accepted"}
    session.refresh_from_db()
    assert (session.client_door, session.client_accepted) == ("line", 3)


def test_a_push_is_repeated_with_its_key_and_409_is_accepted(session: Session, linked: Account, fake: Fake) -> None:
    fake.answers = [500, 503, 409]
    send_all()
    assert len(fake.asked) == 3
    assert len({key for _, key, _ in fake.asked}) == 1
    assert Outgoing.objects.get().state == "accepted"


def test_a_free_reply_goes_first_and_carries_no_key(session: Session, linked: Account, fake: Fake, line: Line) -> None:
    send_all()
    line.and_we_read(line.text("眠れません。"))
    talk(session, "そうですか。")
    send_all()
    assert fake.asked[-1][:2] == ("reply", None)
    assert not ReplyToken.objects.exists()


def test_a_reply_without_an_answer_is_never_pushed(session: Session, linked: Account, fake: Fake, line: Line) -> None:
    send_all()
    line.and_we_read(line.text("眠れません。"))
    talk(session, "そうですか。")
    fake.answers = [500]
    outbox.fill()
    deliver.send()
    Outgoing.objects.filter(state="waiting").update(reply_until=timezone.now() - timedelta(seconds=1))
    send_all()
    assert [kind for kind, _, _ in fake.asked] == ["push", "reply"]
    session.refresh_from_db()
    assert session.client_uncertain == [2]
