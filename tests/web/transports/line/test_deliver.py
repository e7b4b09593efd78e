"""What goes to LINE: accepted once and in order, whatever LINE answers."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from cast import talk
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.line import deliver, outbox, quota, relays
from kokorochat.web.transports.line.models import Account, Outgoing, ReplyToken
from kokorochat.web.transports.line.sealing import seal
from web.transports.line.conftest import SUMIRE, Line, link, said


class Fake:
    """LINE's side: the statuses that it will answer with, then 200; and what it was asked."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.asked: list[tuple[str, str | None, Any]] = []
        self.quota: dict[str, Any] = {"type": "none"}
        self.used = 0

    def limit(self, quota: int, used: int) -> None:
        """From now on the plan has so many messages, and so many are counted."""
        self.quota, self.used = {"type": "limited", "value": quota}, used


@pytest.fixture
def fake(settings: Any) -> Iterator[Fake]:
    told = Fake()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.asked.append((self.path.rpartition("/")[2], self.headers["X-Line-Retry-Key"], body))
            self.send_response(told.answers.pop(0) if told.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            answer = {"totalUsage": told.used} if self.path.endswith("/consumption") else told.quota
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    settings.LINE_API = f"http://127.0.0.1:{server.server_address[1]}"
    yield told
    server.shutdown()
    server.server_close()


def send_all() -> None:
    relays.open_relays()
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
    relays.open_relays()
    outbox.fill()
    deliver.send()
    Outgoing.objects.filter(state="waiting").update(reply_until=timezone.now() - timedelta(seconds=1))
    send_all()
    assert [kind for kind, _, _ in fake.asked] == ["push", "reply"]
    session.refresh_from_db()
    assert session.client_uncertain == [2]


def test_a_token_that_may_run_out_before_one_could_ask_again_is_not_used(
    session: Session, linked: Account, fake: Fake, line: Line
) -> None:
    send_all()
    line.and_we_read(line.text("眠れません。"))
    ReplyToken.objects.update(usable_until=timezone.now() + timedelta(seconds=15))
    talk(session, "そうですか。")
    fake.answers = [500]
    send_all()
    assert [kind for kind, _, _ in fake.asked] == ["push", "push", "push"]
    assert fake.asked[1][1] == fake.asked[2][1], "the same key, so it is taken once"


def test_an_account_whose_first_message_is_held_back_rests_and_keeps_no_worker_busy(
    session: Session, linked: Account, fake: Fake, line: Line
) -> None:
    send_all()
    line.and_we_read(line.text("眠れません。"))
    now = timezone.now()
    held = {"account": linked, "session": session, "sealed_text": seal("後".encode()), "hold_until": now}
    Outgoing.objects.create(**held | {"notice": "end", "number": 7, "hold_until": now + timedelta(minutes=1)})
    Outgoing.objects.create(**held | {"notice": "media", "number": 8, "free": True})
    asked = len(fake.asked)
    assert deliver.send()
    assert not deliver.send(), "it is looked at again later, not at once"
    assert len(fake.asked) == asked, "nothing overtakes"


def test_whoever_has_waited_longest_has_their_turn_first(linked: Account, sumire: Person, fake: Fake) -> None:
    younger = link(sumire, SUMIRE)
    for account, text in ((younger, "先"), (linked, "後")):
        now = timezone.now()
        Outgoing.objects.create(account=account, notice="start", sealed_text=seal(text.encode()), hold_until=now)
    deliver.send()
    assert words(fake) == ["【KokoroChat】先"], "and it says whose words these are"


def test_a_notice_says_nothing_of_the_messages_before_it(
    session: Session, linked: Account, fake: Fake, line: Line
) -> None:
    talk(session, "こんにちは。")
    send_all()
    fake.limit(quota=5, used=5)
    fake.answers = [429]
    talk(session, "どうされましたか。")
    actions.end(session.pk, session.counselor, uuid4())
    send_all()
    line.and_we_read(line.text("はい。"))
    send_all()
    session.refresh_from_db()
    assert [kind for kind, _, _ in fake.asked][-1] == "reply", "the end was told"
    assert session.client_accepted == 1


def test_a_spent_quota_moves_the_session_to_the_page_and_both_are_told(
    session: Session, linked: Account, fake: Fake, line: Line
) -> None:
    talk(session, "こんにちは。")
    send_all()
    fake.limit(quota=200, used=200)
    fake.answers = [429]
    talk(session, "どうされましたか。")
    send_all()
    session.refresh_from_db()
    assert session.client_door == "line-quota", "the desk shows it"
    assert Outgoing.objects.get(number=2).state == "page"
    pushed = len(fake.asked)
    line.and_we_read(line.text("はい。"))
    send_all()
    kind, _, body = fake.asked[-1]
    assert (len(fake.asked), kind) == (pushed + 1, "reply"), "free, and nothing more is pushed"
    assert f"next=/sessions/{session.code}" in body["messages"][0]["text"]
    assert said(session)[-1] == "はい。"


@pytest.mark.parametrize(("first", "ends", "uncertain"), [(500, "uncertain", [2]), (429, "page", [])])
def test_when_the_quota_is_spent_a_message_that_line_may_have_taken_is_uncertain_and_no_other(
    session: Session, linked: Account, fake: Fake, first: int, ends: str, uncertain: list[int]
) -> None:
    talk(session, "こんにちは。")
    send_all()
    talk(session, "どうされましたか。")
    outbox.fill()
    for answer, used in ((first, 10), (429, 200)):
        fake.limit(quota=200, used=used)
        quota.ask()
        fake.answers = [answer]
        Account.objects.update(busy_until=None)
        deliver.send()
    session.refresh_from_db()
    assert Outgoing.objects.get(number=2).state == ends
    assert (session.client_door, session.client_uncertain) == ("line-quota", uncertain)


def test_a_429_by_rate_alone_is_tried_again(session: Session, linked: Account, fake: Fake) -> None:
    fake.limit(quota=200, used=10)
    fake.answers = [429]
    send_all()
    assert len({key for _, key, _ in fake.asked}) == 1
    assert [message.state for message in Outgoing.objects.all()] == ["accepted"]
    session.refresh_from_db()
    assert session.client_door == "line"


def test_where_nothing_can_be_pushed_from_the_start_the_first_reply_leads_to_the_page(
    session: Session, linked: Account, fake: Fake, line: Line
) -> None:
    fake.limit(quota=200, used=200)
    fake.answers = [429]
    send_all()
    line.and_we_read(line.text("こんにちは。"))
    send_all()
    kind, _, body = fake.asked[-1]
    assert kind == "reply"
    assert f"next=/sessions/{session.code}" in body["messages"][0]["text"]


def test_a_push_without_an_answer_is_never_repeated_as_a_reply(
    session: Session, linked: Account, fake: Fake, line: Line
) -> None:
    """A reply has no key, so LINE could not tell that it has taken the message already."""
    send_all()
    talk(session, "こんにちは。")
    fake.answers = [500]
    relays.open_relays()
    outbox.fill()
    Account.objects.update(busy_until=None)
    deliver.send()
    line.and_we_read(line.text("はい。"))
    send_all()
    assert [kind for kind, _, _ in fake.asked] == ["push", "push", "push"]
    assert len({key for _, key, _ in fake.asked}) == 2, "the start's, and one for both tries"


@pytest.fixture
def uncertain(session: Session, linked: Account, fake: Fake, line: Line) -> Session:
    """The counselor's second message went out as a reply that was never answered."""
    send_all()
    line.and_we_read(line.text("眠れません。"))
    talk(session, "そうですか。")
    fake.answers = [500]
    relays.open_relays()
    outbox.fill()
    deliver.send()
    Outgoing.objects.filter(state="waiting").update(reply_until=timezone.now() - timedelta(seconds=1))
    send_all()
    session.refresh_from_db()
    assert session.client_uncertain == [2]
    return session


def test_an_uncertain_message_is_sent_again_once_however_often_that_is_wished(
    uncertain: Session, fake: Fake, line: Line
) -> None:
    before = len(fake.asked)
    fake.answers = [500, 503]
    line.and_we_read(line.text("もしもし。"))  # a free reply that must not be used for it
    for _ in range(3):
        actions.send_again(uncertain.pk, uncertain.counselor, 2)
        send_all()
    again = fake.asked[before:]
    assert [kind for kind, _, _ in again] == ["push"] * 3
    assert len({key for _, key, _ in again}) == 1, "LINE takes it once"
    assert {body["messages"][0]["text"] for _, _, body in again} == {"そうですか。"}
    uncertain.refresh_from_db()
    assert (uncertain.client_uncertain, uncertain.client_accepted) == ([], 2)


def test_an_uncertain_message_stays_so_until_line_has_taken_it(uncertain: Session, fake: Fake) -> None:
    fake.answers = [500]
    actions.send_again(uncertain.pk, uncertain.counselor, 2)
    deliver.send()
    uncertain.refresh_from_db()
    assert uncertain.client_uncertain == [2]
    send_all()
    uncertain.refresh_from_db()
    assert uncertain.client_uncertain == []


def test_an_uncertain_message_that_is_let_be_is_never_sent_again(uncertain: Session, fake: Fake) -> None:
    before = len(fake.asked)
    actions.let_be(uncertain.pk, uncertain.counselor, 2)
    actions.send_again(uncertain.pk, uncertain.counselor, 2)
    send_all()
    assert len(fake.asked) == before
    uncertain.refresh_from_db()
    assert uncertain.client_uncertain == []


def test_what_is_left_to_the_phone_page_is_not_sent_again(uncertain: Session, fake: Fake, line: Line) -> None:
    before = len(fake.asked)
    line.and_we_read(line.event("unfollow"))
    actions.send_again(uncertain.pk, uncertain.counselor, 2)
    send_all()
    assert len(fake.asked) == before


@pytest.mark.parametrize(("number", "code"), [(1, "not-found"), (99, "not-found")])
def test_only_a_message_of_ones_own_is_sent_again(uncertain: Session, number: int, code: str) -> None:
    for deed in (actions.send_again, actions.let_be):
        with pytest.raises(actions.RefusedError) as refused:
            deed(uncertain.pk, uncertain.counselor, number)
        assert refused.value.code == code
