"""Consent: accepted before the first session, asked again for a new version, and never in the middle of a talk."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cast import a_session, accept_consent, talk
from kokorochat.web.accounts import consent
from kokorochat.web.accounts.actions import add_person
from kokorochat.web.accounts.models import AuditEntry, Consent, ConsentText, Person
from kokorochat.web.roleplay.models import Session


@pytest.fixture
def kohaku(db) -> Person:
    """Somebody who was not asked yet."""
    return add_person(None, "kohaku", "こはく")


@pytest.fixture
def room(kohaku, midori) -> str:
    """The page of a session of hers."""
    return f"/sessions/{a_session(kohaku, midori).code}"


def publish(by: Person, words: str = "新しい本文") -> ConsentText:
    newest = consent.in_force()
    made = consent.publish(by, words, f"New: {words}", newest.version if newest else 0)
    assert made is not None
    return made


def rows(action: str) -> list[tuple[str | None, str]]:
    found = AuditEntry.objects.filter(action=action).order_by("number")
    return [(entry.by.username if entry.by else None, entry.subject) for entry in found]


# --- a person ---


def test_before_the_first_session_the_text_is_read_and_accepted_and_leads_back(kohaku, room, signed_in):
    browser = signed_in(kohaku)
    asked = browser.get(room)
    assert asked.url == f"/consent?next={room.replace('/', '%2F')}"
    page = browser.get(asked.url).content.decode()
    assert "管理者は" in page
    assert "読むたびに" in page
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert browser.post(asked.url, {"version": version}).url == room
    assert browser.get(room).status_code == 200
    assert rows("consent.accept").count(("kohaku", "consent text 1")) == 1


def test_whoever_does_not_accept_keeps_the_other_pages(kohaku, room, signed_in):
    browser = signed_in(kohaku)
    home = browser.get("/").content.decode()
    assert 'href="/consent"' in home
    for path in ("/account", "/history", "/growth", "/account/password"):
        assert browser.get(path).status_code == 200
    assert browser.get("/practice").url.startswith("/consent?")
    assert browser.post("/practice", {"role": "counselor"}).url.startswith("/consent?")
    assert Session.objects.count() == 1


def test_the_home_page_asks_until_it_is_accepted(kohaku, room, signed_in):
    browser = signed_in(kohaku)
    assert "お読みください" in browser.get("/").content.decode()
    accept_consent(kohaku)
    assert 'href="/consent"' not in browser.get("/").content.decode()


def test_accepting_twice_is_accepting_once(kohaku):
    for _ in range(2):
        assert consent.accept(kohaku, 1)
    assert Consent.objects.filter(person=kohaku).count() == 1
    assert rows("consent.accept").count(("kohaku", "consent text 1")) == 1


@pytest.mark.parametrize("version", ["", "0", "2", "-1", "１", "9" * 400, "one", None])
def test_only_the_version_that_was_read_and_holds_is_accepted(version, kohaku, signed_in):
    answer = signed_in(kohaku).post("/consent", {} if version is None else {"version": version})
    assert answer.status_code == 409
    assert "本文が変わりました" in answer.content.decode()
    assert not Consent.objects.filter(person=kohaku).exists()


def test_a_text_that_was_published_while_one_read_is_read_again(kohaku, jimu, signed_in):
    browser = signed_in(kohaku)
    browser.get("/consent")
    publish(jimu)
    answer = browser.post("/consent", {"version": "1"})
    assert answer.status_code == 409
    assert "新しい本文" in answer.content.decode()
    assert browser.post("/consent", {"version": "2"}).status_code == 302


def test_a_new_version_is_asked_for_before_the_next_session_and_says_that_it_is_new(aoi, session, jimu, signed_in):
    browser, path = signed_in(aoi), f"/sessions/{session.code}"
    assert browser.get(path).status_code == 200
    publish(jimu)
    assert browser.get(path).url.startswith("/consent")
    assert "本文が新しくなりました" in browser.get("/consent").content.decode()
    browser.post("/consent", {"version": "2"})
    assert browser.get(path).status_code == 200
    assert [one.text.version for one in consent.consents(aoi)] == [2, 1]


def test_nobody_is_asked_in_the_middle_of_a_talk(aoi, midori, session, jimu, signed_in):
    talk(session, "こんにちは。")
    publish(jimu)
    assert signed_in(midori).get(f"/sessions/{session.code}").status_code == 200
    assert signed_in(midori).get(f"/sessions/{a_session(aoi, midori).code}").status_code == 302


def test_a_partner_who_has_begun_spares_nobody_the_first_text(kohaku, midori, signed_in):
    session = a_session(midori, kohaku)
    talk(session, "こんにちは。")
    assert signed_in(kohaku).get(f"/sessions/{session.code}").url.startswith("/consent")


def test_a_session_from_before_there_was_a_text_goes_on(kohaku, midori, signed_in):
    session = a_session(kohaku, midori)
    talk(session, "こんにちは。")
    Session.objects.update(started_at=timezone.now() - timedelta(days=900))
    ConsentText.objects.update(published_at=timezone.now() - timedelta(days=1))
    assert signed_in(kohaku).get(f"/sessions/{session.code}").status_code == 200


def test_what_was_accepted_can_be_read_as_it_was_and_what_was_not_is_nobodys(aoi, jimu, kohaku, signed_in):
    publish(jimu, "二つ目の本文")
    publish(jimu, "三つ目の本文")
    browser = signed_in(aoi)
    account = browser.get("/account").content.decode()
    assert 'href="/consent/1"' in account
    assert "管理者は" in browser.get("/consent/1").content.decode()
    assert browser.get("/consent/2").status_code == 404
    assert signed_in(kohaku).get("/consent/1").status_code == 404
    assert "二つ目の本文" in signed_in(jimu).get("/consent/2").content.decode()


def test_the_text_is_shown_in_the_pages_language(kohaku, jimu, signed_in):
    publish(jimu)
    browser = signed_in(kohaku)
    browser.cookies["django_language"] = "en"
    page = browser.get("/consent").content.decode()
    assert "New: 新しい本文" in page
    assert "I have read it and accept it" in page


def test_accepting_never_leads_to_another_site(kohaku, signed_in):
    answer = signed_in(kohaku).post("/consent?next=https://evil.example/", {"version": "1"})
    assert answer.url == reverse("home")


def test_a_program_accepts_nothing(renshu):
    assert consent.due(renshu) is None


# --- administrators ---


def test_a_published_text_is_a_new_version_and_the_old_one_stays(jimu, aoi, signed_in):
    old = consent.in_force()
    form = {"japanese": "# 本文\r\n\r\n- 一つ目\r\n- 二つ目", "english": "# Text\r\n\r\n- One\r\n- Two", "follows": "1"}
    assert signed_in(jimu).post("/administration/consent", form).status_code == 302
    new = consent.in_force()
    assert (new.version, new.english, new.published_by) == (2, "# Text\n\n- One\n- Two", jimu)
    assert ConsentText.objects.get(version=1).japanese == old.japanese
    assert rows("consent.publish") == [("jimu", "consent text 2")]
    page = signed_in(aoi).get("/consent").content.decode()
    assert "<h2>本文</h2><ul><li>一つ目</li><li>二つ目</li></ul>" in page


@pytest.mark.parametrize(
    "change",
    [
        {"japanese": ""},
        {"english": " \n "},
        {"english": "x" * (consent.LONGEST + 1)},
        {"japanese": "本文\x07"},
        {"follows": ""},
        {"follows": "x"},
    ],
)
def test_a_text_that_can_not_be_is_refused_and_nothing_is_published(change, jimu, signed_in):
    form = {"japanese": "本文", "english": "Text", "follows": "1", **change}
    assert signed_in(jimu).post("/administration/consent", form).status_code == 422
    assert ConsentText.objects.count() == 1


def test_the_same_text_again_asks_nobody(jimu, signed_in):
    text = consent.in_force()
    form = {"japanese": text.japanese.replace("\n", "\r\n"), "english": text.english, "follows": "1"}
    answer = signed_in(jimu).post("/administration/consent", form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "変更がありません" in page
    assert "印のついた欄" not in page  # none is marked


def test_two_who_publish_at_once_do_not_overwrite_each_other(jimu, signed_in):
    publish(jimu)
    browser, form = signed_in(jimu), {"japanese": "私の本文", "english": "Mine", "follows": "1"}
    answer = browser.post("/administration/consent", form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "私の本文" in page
    assert 'name="follows" value="2"' in page
    assert ConsentText.objects.count() == 2
    assert browser.post("/administration/consent", form | {"follows": "2"}).status_code == 302


def test_administrators_see_who_has_accepted_which_version(jimu, aoi, kohaku, signed_in):
    publish(jimu)
    consent.accept(jimu, 2)
    page = re.sub(r"\s+", " ", signed_in(jimu).get("/administration/people").content.decode())

    def cell(name: str) -> str:
        return re.sub(r"<[^>]*>", "", page.partition(f">{name}</a>")[2].partition("</tr>")[0])

    assert "第1版 旧版" in cell("あおい")
    assert "未同意" in cell("こはく")
    assert "第2版" in cell("事務局")
    assert 'href="/consent/1"' in signed_in(jimu).get(f"/administration/people/{aoi.pk}").content.decode()


# --- the platform ---


def test_a_platform_has_a_text_as_soon_as_it_has_tables_and_only_one(db):
    consent.publish_first("default")
    (text,) = ConsentText.objects.all()
    assert (text.version, text.published_by) == (1, None)


def test_the_platforms_own_text_has_the_same_points_in_both_languages(db):
    text = consent.in_force()
    japanese, english = (
        [line[:2] if line[:2] in ("# ", "- ") else "words" for line in words.splitlines() if line]
        for words in (text.japanese, text.english)
    )
    assert japanese == english
