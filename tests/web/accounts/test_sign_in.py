"""Signing in: by a link, by a password, and out again."""

from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from kokorochat.web.accounts.actions import (
    add_person,
    add_sign_in_link,
    end_sign_in_links,
    make_sign_in_link,
    set_active,
    set_administrator,
)
from kokorochat.web.accounts.models import AuditEntry, SignInLink


@pytest.fixture(autouse=True)
def _quick_passwords(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def who(browser) -> str | None:
    return browser.session.get(SESSION_KEY)


def test_a_link_signs_its_person_in(aoi, signed_in):
    browser = signed_in()
    assert browser.get(f"/sign-in/{make_sign_in_link(None, aoi)}").url == "/"
    assert who(browser) == str(aoi.pk)


def test_a_link_works_until_it_expires(aoi, signed_in):
    token = make_sign_in_link(None, aoi)
    for _ in range(2):
        assert signed_in().get(f"/sign-in/{token}").status_code == 302
    SignInLink.objects.update(expires_at="2020-01-01T00:00Z")
    browser = signed_in()
    response = browser.get(f"/sign-in/{token}")
    assert response.status_code == 404
    assert "このリンクは使えません" in response.content.decode()
    assert who(browser) is None


def test_a_link_made_for_no_time_never_works(aoi, signed_in):
    assert signed_in().get(f"/sign-in/{make_sign_in_link(None, aoi, timedelta())}").status_code == 404


def test_a_new_link_ends_the_old_one(aoi, signed_in):
    old = make_sign_in_link(None, aoi)
    new = make_sign_in_link(None, aoi)
    assert signed_in().get(f"/sign-in/{old}").status_code == 404
    assert signed_in().get(f"/sign-in/{new}").status_code == 302


def test_a_link_behind_a_door_stands_beside_the_others_and_ends_with_a_new_one_or_with_its_door(aoi, signed_in):
    by_hand = make_sign_in_link(None, aoi)
    first, second = (add_sign_in_link(aoi, timedelta(days=7), "line") for _ in range(2))
    assert [signed_in().get(f"/sign-in/{link}").status_code for link in (by_hand, first, second)] == [302, 302, 302]
    end_sign_in_links(aoi, "line")
    assert [signed_in().get(f"/sign-in/{link}").status_code for link in (by_hand, first, second)] == [302, 404, 404]
    third = add_sign_in_link(aoi, timedelta(days=7), "line")
    make_sign_in_link(None, aoi)
    assert signed_in().get(f"/sign-in/{third}").status_code == 404


def test_links_that_have_run_out_do_not_pile_up(aoi):
    for _ in range(3):
        add_sign_in_link(aoi, timedelta(), "line")
    assert SignInLink.objects.filter(person=aoi).count() == 1


@pytest.mark.parametrize("token", ["x", "%00", "%ED%A0%80", "あ" * 200])
def test_an_unknown_link_is_told_and_no_fault(token, db, signed_in):
    assert signed_in().get(f"/sign-in/{token}").status_code == 404


def test_neither_a_program_nor_a_locked_person_comes_in_by_a_link(aoi, renshu, signed_in):
    aoi.is_active = False
    aoi.save()
    for person in (aoi, renshu):
        browser = signed_in()
        assert browser.get(f"/sign-in/{make_sign_in_link(None, person)}").status_code == 404
        assert who(browser) is None


def test_the_token_itself_is_stored_nowhere(aoi):
    token = make_sign_in_link(None, aoi)
    assert token not in str(list(SignInLink.objects.values()))
    assert token not in str(list(AuditEntry.objects.values()))


def test_nobody_is_exchanged_unasked(aoi, midori, signed_in):
    browser = signed_in(aoi)
    link = f"/sign-in/{make_sign_in_link(None, midori)}"
    page = browser.get(link)
    assert page.status_code == 200
    assert "別の人として続けますか" in page.content.decode()
    assert who(browser) == str(aoi.pk)
    before = browser.session.session_key
    assert browser.post(f"{link}?next=/sessions/1").url == "/sessions/1"
    assert who(browser) == str(midori.pk)
    assert browser.session.session_key != before


def test_ones_own_link_asks_nothing(aoi, signed_in):
    browser = signed_in(aoi)
    assert browser.get(f"/sign-in/{make_sign_in_link(None, aoi)}?next=/sessions/1").url == "/sessions/1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "\x00//evil",
        "",
    ],
)
def test_a_link_leads_to_our_own_pages_only(elsewhere, aoi, signed_in):
    response = signed_in().get(f"/sign-in/{make_sign_in_link(None, aoi)}", {"next": elsewhere})
    assert response.url == "/"


def test_the_session_key_changes_with_the_sign_in(aoi, signed_in):
    browser = signed_in()
    browser.session.save()
    planted = browser.session.session_key
    browser.cookies["sessionid"] = planted
    browser.get(f"/sign-in/{make_sign_in_link(None, aoi)}")
    assert browser.session.session_key != planted


def test_a_password_signs_in_and_a_wrong_one_does_not(db, signed_in):
    person = add_person(None, "kohaku", "こはく", password="correct horse battery")
    browser = signed_in()
    wrong = browser.post("/sign-in", {"username": "kohaku", "password": "wrong"})
    assert "一致しません" in wrong.content.decode()
    assert who(browser) is None
    right = {"username": "kohaku", "password": "correct horse battery", "next": "https://evil.example/"}
    assert browser.post("/sign-in", right).url == "/"
    assert who(browser) == str(person.pk)


def test_whoever_has_no_password_can_not_sign_in_with_one(aoi, renshu, signed_in):
    for name in ("aoi", "renshu"):
        browser = signed_in()
        browser.post("/sign-in", {"username": name, "password": ""})
        browser.post("/sign-in", {"username": name, "password": "!"})
        assert who(browser) is None


def test_signing_out_ends_the_session(aoi, signed_in):
    browser = signed_in(aoi)
    assert browser.post("/sign-out").url == "/sign-in"
    assert browser.get("/").status_code == 302


@pytest.mark.parametrize("wish", ["foo", "room", "people", "%ED%A0%80", "//evil.org/", "https://evil.org/"])
def test_a_wish_that_is_no_address_of_ours_leads_home(wish, aoi, signed_in):
    response = signed_in().get(f"/sign-in/{make_sign_in_link(None, aoi)}?next={wish}")
    assert (response.status_code, response.url) == (302, "/")


# --- how long a sign-in lasts ---


@pytest.mark.parametrize("mark", ["sign_in_began", "sign_in_used"])
def test_a_sign_in_ends_after_so_long_altogether_and_so_long_without_use(mark, aoi, signed_in, settings):
    limit = settings.SIGN_IN_LONGEST if mark == "sign_in_began" else settings.SIGN_IN_IDLE
    browser = signed_in(aoi)
    for age, code in ((limit.total_seconds() - 60, 200), (limit.total_seconds() + 1, 302)):
        session = browser.session
        session[mark] = timezone.now().timestamp() - age
        session.save()
        assert browser.get("/").status_code == code


def test_use_keeps_a_sign_in_alive(aoi, signed_in, settings):
    browser = signed_in(aoi)
    session = browser.session
    session["sign_in_used"] -= settings.SIGN_IN_IDLE.total_seconds() / 2
    session.save()
    browser.get("/")
    assert timezone.now().timestamp() - browser.session["sign_in_used"] < 5


# --- what ends it early ---


def test_a_new_password_ends_every_other_sign_in(aoi, signed_in):
    here, elsewhere = signed_in(aoi), signed_in(aoi)
    new = {"new_password1": "correct horse battery", "new_password2": "correct horse battery"}
    assert here.post("/account/password", {"new_password1": "short", "new_password2": "short"}).status_code == 422
    assert here.post("/account/password", new).url == "/account"
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    newer = {"new_password1": "battery horse correct", "new_password2": "battery horse correct"}
    assert here.post("/account/password", newer | {"old_password": "wrong"}).status_code == 422
    assert here.post("/account/password", newer | {"old_password": "correct horse battery"}).status_code == 302
    assert AuditEntry.objects.filter(action="person.password", by=aoi).count() == 2


def test_signing_out_everywhere_ends_all_sign_ins_and_the_link(aoi, signed_in):
    here, elsewhere = signed_in(aoi), signed_in(aoi)
    link = f"/sign-in/{make_sign_in_link(None, aoi)}"
    assert here.post("/account/sign-out-everywhere").url == "/sign-in"
    for browser in (here, elsewhere):
        assert browser.get("/account").status_code == 302
    assert signed_in().get(link).status_code == 404


@pytest.mark.parametrize(
    ("deed", "values", "action"),
    [
        ("sign-out", {}, "person.sign-out"),
        ("lock", {"active": "0"}, "person.lock"),
        ("role", {"administrator": "1"}, "person.to-administrator"),
    ],
)
def test_what_an_administrator_does_to_an_account_ends_its_sign_ins(deed, values, action, aoi, jimu, signed_in):
    hers = signed_in(aoi)
    signed_in(jimu).post(f"/administration/people/{aoi.pk}/{deed}", values)
    assert hers.get("/account").status_code == 302
    row = AuditEntry.objects.order_by("number").last()
    assert (row.by, row.action, row.subject) == (jimu, action, f"person {aoi.pk}")


def test_a_locked_person_comes_back_by_a_new_link_and_not_by_an_old_sign_in(aoi, jimu, signed_in):
    hers, office = signed_in(aoi), signed_in(jimu)
    old = f"/sign-in/{make_sign_in_link(None, aoi)}"
    for active in "01":
        office.post(f"/administration/people/{aoi.pk}/lock", {"active": active})
    assert hers.get("/account").status_code == 302
    assert signed_in().get(old).status_code == 404
    assert signed_in().get(f"/sign-in/{make_sign_in_link(None, aoi)}").url == "/"


@pytest.mark.parametrize("deed", ["sign-out", "lock", "role", "second-factor"])
def test_no_administrator_locks_themselves_out(deed, jimu, signed_in):
    office = signed_in(jimu)
    page = office.post(f"/administration/people/{jimu.pk}/{deed}", follow=True)
    assert "ほかの管理者に頼んでください" in page.content.decode()
    jimu.refresh_from_db()
    assert (jimu.is_active, jimu.is_staff) == (True, True)
    for action in (set_active, set_administrator):
        with pytest.raises(PermissionDenied):
            action(jimu, jimu, False)


def test_signing_out_lets_the_browser_forget_what_pages_kept(aoi, signed_in):
    assert signed_in(aoi).post("/sign-out")["Clear-Site-Data"] == '"storage"'


def test_what_an_open_page_asks_for_by_itself_keeps_nobody_signed_in(client, jimu, settings):
    client.force_login(jimu)
    session = client.session
    session["sign_in_used"] -= settings.SIGN_IN_IDLE.total_seconds() / 2
    session.save()
    used = session["sign_in_used"]
    assert client.get("/administration/alerts/open", headers={"X-Part": "alerts"}).status_code == 200
    assert client.session["sign_in_used"] == used
    assert client.get("/administration/alerts").status_code == 200
    assert client.session["sign_in_used"] > used
