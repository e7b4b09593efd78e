"""A client on LINE who has a text to accept first: sent the way to it once, waited for, and never left without help."""

import re
from urllib.parse import urlsplit

import pytest

from cast import accept_consent, talk
from kokorochat.web.accounts import consent
from kokorochat.web.accounts.models import SignInLink
from kokorochat.web.roleplay.actions import Conditions, set_conditions
from kokorochat.web.roleplay.models import Alert, Session
from kokorochat.web.transports.line import outbox, relays
from kokorochat.web.transports.line.models import Account, Outgoing
from web.transports.line.conftest import Line, said, states, told, words

pytestmark = pytest.mark.usefixtures("linked")


@pytest.fixture(autouse=True)
def _new_text(linked: Account, jimu, aoi) -> None:
    """Published after Midori linked her account; the counselor has accepted it."""
    consent.publish(jimu, "新しい本文", "A new text", 1)
    accept_consent(aoi)


def look() -> None:
    """A round of the worker."""
    relays.go_on_after_consent()
    relays.open_relays()
    outbox.fill()


def test_the_way_to_the_page_is_sent_once_and_the_talk_waits_there(session: Session, signed_in) -> None:
    look()
    talk(session, "こんにちは。")
    look()
    asked = Outgoing.objects.get(notice="consent")
    assert not asked.free, "nobody writes before they know"
    assert told() == ["consent"]
    assert Outgoing.objects.get(number=1).state == "page"
    session.refresh_from_db()
    assert session.client_door == "line-consent"
    link = re.search(r"http://testserver(\S+)", words(asked))[1]
    page = signed_in().get(link, follow=True)
    assert urlsplit(page.redirect_chain[-1][0]).path == "/consent"
    assert "新しい本文" in page.content.decode()


def test_once_it_is_accepted_the_session_goes_over_line_with_all_that_was_said(session: Session, midori) -> None:
    look()
    talk(session, "こんにちは。")
    look()
    accept_consent(midori)
    look()
    session.refresh_from_db()
    assert session.client_door == "line"
    waiting = Outgoing.objects.filter(state="waiting").order_by("pk")
    due = [("consent", None), ("start", 0), ("", 1)]
    assert [(one.notice, one.number) for one in waiting] == due, "what says that it may begin comes before what is said"
    look()
    assert waiting.count() == 3


def test_the_notice_of_the_start_tells_what_was_agreed_while_it_waited_and_makes_no_second_link(
    session: Session, aoi, midori
) -> None:
    look()
    links = SignInLink.objects.count()
    set_conditions(session.pk, aoi, Conditions(client_state="緊張している"))
    outbox.tell_changes()
    accept_consent(midori)
    look()
    outbox.tell_changes()
    assert told() == ["consent", "start"]
    assert "相談者役の状態：緊張している" in words(Outgoing.objects.get(notice="start"))
    assert SignInLink.objects.count() == links


def test_what_is_written_before_reaches_nobody_and_is_answered(line: Line, session: Session) -> None:
    line.and_we_read(line.text("眠れません。"), line.text("聞こえますか。"))
    assert said(session) == []
    assert states() == ["declined", "declined"]
    (answer,) = Outgoing.objects.all()
    assert answer.free, "an answer costs nothing"
    assert "相手に届きません" in words(answer)


def test_a_call_for_help_is_heard_all_the_same(line: Line, session: Session) -> None:
    line.and_we_read(line.text("中断します"))
    assert Alert.objects.get().kind == Alert.Kind.STOP
    assert states() == ["done"]


def test_a_talk_that_has_begun_is_not_interrupted(line: Line, session: Session, jimu, midori) -> None:
    accept_consent(midori)
    talk(session, "こんにちは。")
    consent.publish(jimu, "さらに新しい本文", "Newer", 2)
    line.and_we_read(line.text("眠れません。"))
    assert said(session) == ["こんにちは。", "眠れません。"]
    look()
    session.refresh_from_db()
    assert session.client_door == "line"


def test_a_code_for_line_is_made_after_accepting_only(midori, signed_in) -> None:
    browser = signed_in(midori)
    page = browser.get("/line").content.decode()
    assert 'href="/consent?next=/line"' in page
    assert browser.post("/line").url.startswith("/consent")
    assert "/line/unlink" in page, "the link can be taken away all the same"
    accept_consent(midori)
    assert "<output>" in browser.post("/line").content.decode()


def test_whoever_blocks_the_account_meanwhile_is_not_written_to(line: Line, session: Session, midori) -> None:
    look()
    line.and_we_read(line.event("unfollow"))
    accept_consent(midori)
    look()
    session.refresh_from_db()
    assert session.client_door == "line-consent"
    line.and_we_read(line.event("follow", follow={"isUnblocked": True}))
    session.refresh_from_db()
    assert session.client_door == "line"
