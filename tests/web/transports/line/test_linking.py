"""Whose LINE account it is."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from django.utils.html import escape

from kokorochat.web.accounts.actions import make_sign_in_link
from kokorochat.web.accounts.models import AuditEntry, Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.line import linking, outbox, relays
from kokorochat.web.transports.line.models import Account, LinkCode, Outgoing, Relay
from web.transports.line.conftest import MIDORI, SUMIRE, Line, link, said, told, words

FULL_WIDTH = str.maketrans("0123456789 ", "０１２３４５６７８９　")


def owner(user: str = MIDORI) -> Person | None:
    from kokorochat.web.transports.line.sealing import digest_of

    return Account.objects.get(digest=digest_of(user)).person


@pytest.mark.parametrize(
    "typed",
    [str, lambda c: c.replace(" ", ""), lambda c: c.translate(FULL_WIDTH), lambda c: f" {c.replace(' ', '-')}\n"],
)
def test_a_code_typed_in_any_width_links_the_account(line: Line, midori: Person, typed) -> None:
    line.and_we_read(line.text(typed(linking.make_code(midori))))
    assert owner() == midori
    assert told() == ["linked"]


def test_a_code_is_shown_once_and_stored_nowhere(line: Line, midori: Person, signed_in) -> None:
    page = signed_in(midori).post("/line").content.decode()
    code = page.split("<output>")[1].split("</output>")[0]
    assert linking.looks_like_code(code)
    assert code not in signed_in(midori).get("/line").content.decode()
    assert code.replace(" ", "") not in repr(LinkCode.objects.values())


def test_a_code_works_once(line: Line, midori: Person) -> None:
    code = linking.make_code(midori)
    line.and_we_read(line.text(code), line.text(code, SUMIRE))
    assert (owner(), owner(SUMIRE)) == (midori, None)
    assert told(SUMIRE) == ["wrong-code"]


def test_a_newer_code_ends_an_older_and_ten_minutes_end_both(line: Line, midori: Person) -> None:
    old, new = linking.make_code(midori), linking.make_code(midori)
    line.and_we_read(line.text(old))
    LinkCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    line.and_we_read(line.text(new))
    assert owner() is None
    assert told() == ["wrong-code", "wrong-code"]


def test_after_five_wrong_codes_even_the_right_one_is_not_taken_for_an_hour(line: Line, midori: Person) -> None:
    right = linking.make_code(midori)
    wrong = [f"{(int(right.replace(' ', '')) + n) % 10**8:08d}" for n in range(1, 6)]
    line.and_we_read(*(line.text(code) for code in wrong), line.text(right))
    assert owner() is None
    assert told() == [*["wrong-code"] * 5, "too-many"]
    Account.objects.update(wrong_since=timezone.now() - timedelta(minutes=61))
    line.and_we_read(line.text(right))
    assert owner() == midori


def test_one_account_is_one_person_and_one_person_is_one_account(line: Line, midori: Person, sumire: Person) -> None:
    link(midori, MIDORI)
    line.and_we_read(line.text(linking.make_code(sumire)))
    assert owner() == midori
    assert told() == ["taken"]
    line.and_we_read(line.text(linking.make_code(midori), SUMIRE))
    assert (owner(), owner(SUMIRE)) == (None, midori)


def test_eight_digits_in_a_session_are_words(line: Line, session: Session, linked: Account) -> None:
    line.and_we_read(line.text("12345678"))
    assert said(session) == ["12345678"]


def test_who_is_nobody_yet_is_told_how_to_link_and_never_heard(line: Line, session: Session) -> None:
    line.and_we_read(
        line.event("follow", follow={"isUnblocked": False}), line.text("こんにちは"), line.text("もしもし")
    )
    assert said(session) == []
    assert told() == ["not-linked"]


def test_taking_the_link_away_stops_the_relay_at_once(line: Line, session: Session, linked: Account, signed_in) -> None:
    relays.open_relays()
    outbox.fill()
    assert signed_in(session.client).post("/line/unlink").status_code == 302
    assert owner() is None
    assert Relay.objects.get().moved == "unlinked"
    session.refresh_from_db()
    assert session.client_door == "line-unlinked"
    line.and_we_read(line.text("聞こえますか"))
    assert said(session) == []


def test_a_link_in_the_chat_ends_no_other_and_ends_with_the_link_of_the_accounts(
    session: Session, linked: Account, signed_in
) -> None:
    by_hand = make_sign_in_link(None, session.client)
    relays.open_relays()
    outbox.fill()
    actions.end(session.pk, session.counselor, uuid4())
    relays.open_relays()
    outbox.fill()
    in_chat = re.search(r"/sign-in/\S+", words(Outgoing.objects.get(notice="end"))).group()
    assert signed_in().get(f"/sign-in/{by_hand}").status_code == 302
    assert signed_in().get(in_chat).url == f"/sessions/{session.code}/feedback"
    linking.unlink(session.client)
    assert signed_in().get(in_chat).status_code == 404
    assert signed_in().get(f"/sign-in/{by_hand}").status_code == 302


def test_each_step_is_audited_without_the_account(line: Line, midori: Person) -> None:
    link(midori, MIDORI)
    linking.unlink(midori)
    entries = AuditEntry.objects.filter(action__startswith="line.").order_by("pk")
    assert [(e.action, e.by, e.subject) for e in entries] == [
        (f"line.{step}", midori, f"person {midori.pk}") for step in ("code", "link", "unlink")
    ]


def test_a_nickname_can_do_no_harm_in_the_page(line: Line, signed_in) -> None:
    from kokorochat.web.accounts.actions import add_person

    evil = add_person(None, "evil", "<b>x</b>")
    assert escape("<b>x</b>") in signed_in(evil).get("/line").content.decode()
