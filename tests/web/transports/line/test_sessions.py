"""Of a person's sessions one goes over LINE at a time, and what they write there belongs to that one."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from cast import a_session, end, talk
from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.line import linking, outbox, relays, sessions
from kokorochat.web.transports.line.models import Account, Outgoing, Relay
from kokorochat.web.transports.line.sessions import LEAVES_AFTER
from web.transports.line.conftest import MIDORI, Line, at, link, said, told

pytestmark = pytest.mark.usefixtures("linked")


@pytest.fixture
def second(session: Session, sumire: Person, linked: Account) -> Session:
    """A session that is due while the first, which is on LINE, goes on."""
    relays.open_relays()
    talk(session, "こんにちは。")
    return a_session(sumire, session.client)


def test_a_second_session_waits_until_the_first_has_ended(line: Line, session: Session, second: Session) -> None:
    assert not relays.open_relays()
    talk(second, "すみれです。お待ちしています。")
    assert (door_of(session), door_of(second)) == ("line", "line-waits")
    line.and_we_read(at(0, line.text("はい。")))
    assert (said(session)[-1], said(second)) == ("はい。", ["すみれです。お待ちしています。"])
    leaves(session)
    assert relays.open_relays()
    assert not relays.open_relays()
    outbox.fill()
    assert door_of(second) == "line"
    assert [row.number for row in Outgoing.objects.filter(session=second).order_by("number")] == [0, 1]
    line.and_we_read(at(1, line.text("お待たせしました。")))
    assert said(second)[-1] == "お待たせしました。"


def test_a_word_for_the_first_that_is_read_late_is_not_the_seconds(
    line: Line, session: Session, second: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "LEAVES_AFTER", timedelta())
    line.brings(at(0, line.text("では失礼します。")))
    time.sleep(0.01)
    end(session)
    relays.open_relays()
    line.and_we_read(at(1, line.text("始めましょう。")))
    assert (said(session)[-1], said(second)) == ("では失礼します。", ["始めましょう。"])


def test_a_session_that_was_left_open_gives_way_and_takes_no_words_back(
    line: Line, session: Session, second: Session, aoi: Person
) -> None:
    gives_way(session)
    assert relays.open_relays()
    assert (door_of(session), door_of(second)) == ("line-another", "line")
    actions.say(session.pk, aoi, uuid4(), "まだいますか。")
    outbox.fill()
    assert Outgoing.objects.get(session=session, number=2).state == Outgoing.State.PAGE
    line.and_we_read(at(1, line.text("始めましょう。")))
    assert (said(session)[-1], said(second)) == ("まだいますか。", ["始めましょう。"])
    end(second)
    line.and_we_read(at(2, line.text("ありがとうございました。")))
    assert told() == ["start", "no-session"], "the first one's start is no longer true"
    assert said(session)[-1] == "まだいますか。"


def test_a_client_who_has_seen_the_second_page_is_told_all_the_same_who_hears_them_now(
    line: Line, session: Session, second: Session
) -> None:
    talk(second, "お待ちしています。")
    actions.mark_seen(second.pk, Role.CLIENT, 1)
    leaves(session)
    relays.open_relays()
    assert Outgoing.objects.get(session=second, number=0).notice == "start"


def test_of_a_session_that_gave_way_nothing_is_told_in_the_thread_of_the_next(
    line: Line, session: Session, second: Session, midori: Person
) -> None:
    gives_way(session)
    outbox.fill()
    relays.open_relays()
    actions.stop(session.pk, midori, uuid4())
    end(session)
    outbox.fill()
    mine = Outgoing.objects.filter(session=session).exclude(state__in=["page", "dropped", "accepted"])
    assert not mine.exists()


def test_a_last_word_after_the_end_is_not_the_next_counselors(line: Line, session: Session, second: Session) -> None:
    end(session)
    line.and_we_read(at(0.5, line.text("ありがとうございました。")))
    assert (said(second), told()[-1]) == ([], "no-session")


def test_a_last_word_that_is_on_its_way_at_the_end_is_not_the_next_counselors(
    line: Line, session: Session, second: Session
) -> None:
    end(session)
    assert not relays.open_relays()
    line.and_we_read(at(0.5, line.text("ありがとうございました。")))
    assert (said(second), told()[-1]) == ([], "no-session")
    assert door_of(second) == "line-waits"
    leaves(session)
    assert relays.open_relays()


def test_a_former_owners_session_is_left_alone(
    line: Line, session: Session, linked: Account, sumire: Person, aoi: Person
) -> None:
    relays.open_relays()
    linking.unlink(session.client)
    link(sumire, MIDORI)
    a_session(aoi, sumire)
    assert relays.open_relays()
    assert door_of(session) == "line-unlinked"


def test_words_go_to_a_session_that_is_taken_up_again_after_a_link(
    line: Line, session: Session, second: Session, linked: Account
) -> None:
    gives_way(session)
    relays.open_relays()
    end(second)
    Session.objects.filter(pk=second.pk).update(ended_at=timezone.now() - timedelta(minutes=11))
    linking.unlink(session.client)
    link(session.client, MIDORI)
    assert door_of(session) == "line"
    line.and_we_read(at(1, line.text("続けてもいいですか。")))
    assert said(session)[-1] == "続けてもいいですか。"


def leaves(session: Session) -> None:
    """It has ended a minute ago."""
    end(session)
    Session.objects.filter(pk=session.pk).update(ended_at=timezone.now() - LEAVES_AFTER)


def gives_way(session: Session) -> None:
    """Nobody has said anything in it for a while."""
    long_ago = timezone.now() - timedelta(minutes=31)
    Session.objects.filter(pk=session.pk).update(planned_start=long_ago, last_at=long_ago)
    Relay.objects.update(opened_at=long_ago)


def test_of_two_that_are_due_at_once_one_goes_over_line(
    line: Line, session: Session, sumire: Person, linked: Account
) -> None:
    second = a_session(sumire, session.client)
    assert relays.open_relays()
    assert sorted([door_of(session), door_of(second)]) == ["line", "line-waits"]


def test_an_account_that_is_linked_again_takes_up_the_newest_session_alone(
    line: Line, session: Session, second: Session, linked: Account
) -> None:
    Relay.objects.create(session=second, account=linked)
    for relay in Relay.objects.all():
        relays.move(relay, Relay.Moved.UNLINKED)
    relays.restore(linked)
    assert (door_of(session), door_of(second)) == ("line-another", "line")


def test_of_two_open_sessions_the_words_go_to_the_one_that_is_alive(
    line: Line, session: Session, sumire: Person
) -> None:
    forgotten = a_session(sumire, session.client)
    talk(forgotten, "昨日の続きです。")
    Session.objects.filter(pk=forgotten.pk).update(
        planned_start=timezone.now() - timedelta(hours=5), last_at=timezone.now() - timedelta(hours=4)
    )
    line.and_we_read(line.text("こんにちは。"))
    assert (said(session), said(forgotten)) == (["こんにちは。"], ["昨日の続きです。"])


def test_a_session_that_nobody_ended_takes_nothing_days_later(line: Line, session: Session) -> None:
    talk(session, "こんにちは。")
    long_ago = timezone.now() - timedelta(days=2)
    Session.objects.update(planned_start=long_ago, last_at=long_ago)
    line.and_we_read(line.text("もしもし。"))
    assert said(session) == ["こんにちは。"]


def door_of(session: Session) -> str:
    return Session.objects.get(pk=session.pk).client_door
