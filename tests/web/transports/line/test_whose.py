"""A LINE account may pass from one person to another: what is meant for one never reaches the other."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from cast import talk
from kokorochat.web.accounts.actions import set_active
from kokorochat.web.accounts.models import Person, SignInLink
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.line import deliver, linking, outbox, relays
from kokorochat.web.transports.line.models import Account, Outgoing, Relay, ReplyToken
from web.transports.line.conftest import MIDORI, SUMIRE, Line, link, said, states, told
from web.transports.line.test_deliver import Fake, fake, send_all  # noqa: F401 - a fixture


@pytest.fixture
def begun(session: Session, linked: Account, fake: Fake) -> Session:  # noqa: F811
    """Midori's session, which goes over LINE, with a word of the counselor that has arrived."""
    talk(session, "こんにちは。")
    send_all()
    return session


def heard_by(fake: Fake) -> dict[str, list[str]]:  # noqa: F811
    """{LINE id, or the token of a reply: what it was sent}."""
    heard: dict[str, list[str]] = {}
    for _, _, body in fake.asked:
        texts = [message["text"] for message in body["messages"]]
        heard.setdefault(body.get("to") or body["replyToken"], []).extend(texts)
    return heard


def pass_on(sumire: Person) -> Account:
    """Midori takes her link away, and Sumire links the same account."""
    linking.unlink(Person.objects.get(username="midori"))
    return link(sumire, MIDORI)


@pytest.mark.parametrize("reason", [Relay.Moved.QUOTA, Relay.Moved.BLOCKED, Relay.Moved.REFUSED])
def test_a_session_that_was_left_to_the_page_tells_the_next_owner_nothing(
    begun: Session,
    fake: Fake,  # noqa: F811
    line: Line,
    aoi: Person,
    sumire: Person,
    reason: Relay.Moved,
) -> None:
    relays.move(Relay.objects.get(), reason)
    account = pass_on(sumire)
    links = SignInLink.objects.count()
    fake.asked.clear()
    actions.end(begun.pk, aoi, uuid4())
    ReplyToken.objects.create(account=account, token="t" * 32, usable_until=timezone.now() + timedelta(seconds=50))
    send_all()
    assert "sign-in" not in json.dumps(fake.asked)
    assert begun.code not in json.dumps(fake.asked)
    assert SignInLink.objects.count() == links, "no link is made that nobody gets"


def test_what_waited_when_the_session_ended_is_not_pushed_to_the_next_owner(
    begun: Session,
    fake: Fake,  # noqa: F811
    aoi: Person,
    sumire: Person,
) -> None:
    talk(begun, "秘密です。")
    actions.end(begun.pk, aoi, uuid4())
    outbox.fill()
    pass_on(sumire)
    fake.asked.clear()
    send_all()
    assert "秘密です。" not in json.dumps(fake.asked, ensure_ascii=False)
    assert not Outgoing.objects.filter(state="waiting", session=begun).exists()


def test_sent_again_goes_to_the_account_that_the_client_has_now(
    begun: Session,
    fake: Fake,  # noqa: F811
    line: Line,
    aoi: Person,
    midori: Person,
    sumire: Person,
) -> None:
    line.and_we_read(line.text("はい。"))
    talk(begun, "届いたか分からない。")
    fake.answers = [500]
    outbox.fill()
    deliver.send()
    Outgoing.objects.filter(state="waiting").update(reply_until=timezone.now() - timedelta(seconds=1))
    send_all()
    begun.refresh_from_db()
    (number,) = begun.client_uncertain
    before = Outgoing.objects.get(number=number).retry_key
    link(midori, SUMIRE)  # her new telephone
    linking.link(sumire, MIDORI)
    fake.asked.clear()
    actions.send_again(begun.pk, aoi, number)
    send_all()
    heard = heard_by(fake)
    assert heard[SUMIRE] == ["届いたか分からない。"]
    assert MIDORI not in heard
    assert Outgoing.objects.get(number=number).retry_key != before, "LINE would not take a key for another person"


def test_rows_that_name_another_account_by_mistake_are_not_sent(
    begun: Session,
    fake: Fake,  # noqa: F811
    sumire: Person,
) -> None:
    """As an older version may have left them."""
    talk(begun, "秘密です。")
    outbox.fill()
    Account.objects.filter(person__username="midori").update(person=sumire)
    fake.asked.clear()
    send_all()
    assert fake.asked == []
    assert Outgoing.objects.get(session=begun, notice="", number=2).state == "page"


def test_a_locked_person_neither_says_nor_hears_anything_over_line(
    begun: Session,
    fake: Fake,  # noqa: F811
    line: Line,
    midori: Person,
    jimu: Person,
) -> None:
    before = said(begun)
    set_active(jimu, midori, False)
    fake.asked.clear()
    line.and_we_read(line.text("まだ話せますか。"))
    talk(begun, "聞こえますか。")
    send_all()
    assert "まだ話せますか。" not in said(begun)
    assert said(begun)[: len(before)] == before
    assert "聞こえますか。" not in json.dumps(fake.asked, ensure_ascii=False)
    set_active(jimu, midori, True)
    line.and_we_read(line.text("戻りました。"))
    assert said(begun)[-1] == "戻りました。"


def test_what_was_written_before_the_link_and_comes_late_is_not_the_new_owners(
    begun: Session, line: Line, sumire: Person
) -> None:
    late = line.text("これはみどりの言葉。")
    linking.unlink(Person.objects.get(username="midori"))
    line.and_we_read(line.text(linking.make_code(sumire)))
    theirs = actions.pair(None, begun.counselor, sumire, start=timezone.now())
    late["deliveryContext"] = {"isRedelivery": True}
    line.and_we_read(late)
    assert said(theirs) == []
    assert states()[-1] == "declined"
    line.and_we_read(line.text("これは自分の言葉。"))
    assert said(theirs) == ["これは自分の言葉。"]


def test_wrong_guesses_are_not_forgotten_with_a_right_one(line: Line, midori: Person) -> None:
    for _ in range(4):
        line.and_we_read(line.text("1111 1111"))
    line.and_we_read(line.text(linking.make_code(midori)))
    linking.unlink(midori)
    line.and_we_read(line.text("1111 1111"), line.text("1111 1111"))
    assert told()[-1] == "too-many"
