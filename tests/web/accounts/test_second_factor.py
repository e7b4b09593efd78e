"""The second factor: nobody who has one, or must have one, is signed in without it."""

import base64
import re
import threading
import time
from binascii import hexlify

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from kokorochat.web.accounts import second_factor, sign_in
from kokorochat.web.accounts.actions import make_sign_in_link, set_active, set_password
from kokorochat.web.accounts.models import AuditEntry, Person, RecoveryCode


def app_code(person: Person, *, confirmed: bool = True, ahead: int = 0) -> str:
    """What the person's app shows, or will show some half minutes later."""
    device = TOTPDevice.objects.get(user=person, confirmed=confirmed)
    clock = TOTP(device.bin_key)
    clock.time = time.time() + 30 * ahead
    return f"{clock.token():06}"


def set_up(person: Person) -> list[str]:
    """The person takes an app into use; the recovery codes."""
    second_factor.begin(person)
    codes = second_factor.confirm(person, app_code(person, confirmed=False, ahead=-1))
    assert codes is not None
    return codes


def who(browser) -> str | None:
    return browser.session.get(SESSION_KEY)


def at_the_code(person, signed_in, wish="/account"):
    """A browser that has opened the person's link."""
    browser = signed_in()
    answer = browser.get(f"/sign-in/{make_sign_in_link(None, person)}?next={wish}")
    assert answer.url == "/second-factor"
    assert who(browser) is None
    return browser


def test_a_link_alone_opens_nothing_but_the_page_for_the_code(aoi, signed_in):
    set_up(aoi)
    browser = at_the_code(aoi, signed_in)
    assert browser.get("/").url.startswith("/sign-in")
    assert browser.get("/second-factor/set-up").url.startswith("/second-factor?")  # it can't be replaced so
    answer = browser.post("/second-factor", {"code": app_code(aoi)})
    assert (answer.url, who(browser)) == ("/account", str(aoi.pk))


def test_a_password_alone_opens_nothing_but_the_page_for_the_code(aoi, signed_in):
    set_password(aoi, "correct horse battery")
    set_up(aoi)
    browser = signed_in()
    password = {"username": "aoi", "password": "correct horse battery"}
    assert browser.post("/sign-in?next=/account", password | {"next": "/account"}).url == "/second-factor"
    assert who(browser) is None
    assert browser.post("/second-factor", {"code": app_code(aoi)}).url == "/account"


@pytest.mark.parametrize("code", ["", "000000", "12345", "abcdef", "０００００００", "1" * 4000, "\0", "あ" * 16])
def test_a_wrong_code_is_told_and_signs_nobody_in(code, aoi, signed_in, monkeypatch):
    set_up(aoi)
    browser = at_the_code(aoi, signed_in)
    answer = browser.post("/second-factor", {"code": code})
    assert answer.status_code == 422
    assert "コードが正しくないか" in answer.content.decode()
    assert who(browser) is None


def test_full_width_digits_and_spaces_are_understood(aoi, signed_in):
    set_up(aoi)
    code = app_code(aoi).translate({ord(str(digit)): ord("０") + digit for digit in range(10)})
    browser = at_the_code(aoi, signed_in)
    browser.post("/second-factor", {"code": f" {code[:3]} {code[3:]} "})
    assert who(browser) == str(aoi.pk)


def test_a_code_works_once(aoi, signed_in):
    set_up(aoi)
    code = app_code(aoi)
    assert at_the_code(aoi, signed_in).post("/second-factor", {"code": code}).status_code == 302
    assert at_the_code(aoi, signed_in).post("/second-factor", {"code": code}).status_code == 422


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_a_code_that_is_sent_twice_at_once_works_once(kind, aoi):
    codes = set_up(aoi)
    code = app_code(aoi) if kind == "app" else codes[0]
    answers = []

    def give() -> None:
        try:
            answers.append(second_factor.check(aoi, code))
        finally:
            connection.close()

    threads = [threading.Thread(target=give) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]


def test_each_recovery_code_works_once_and_leaves_a_row(aoi, signed_in):
    codes = set_up(aoi)
    assert len(set(codes)) == second_factor.RECOVERY_CODES == 10
    assert at_the_code(aoi, signed_in).post("/second-factor", {"code": codes[0].upper()}).status_code == 302
    assert at_the_code(aoi, signed_in).post("/second-factor", {"code": codes[0]}).status_code == 422
    assert AuditEntry.objects.filter(action="factor.recovery").count() == 1
    assert RecoveryCode.objects.filter(person=aoi).count() == 9


def test_recovery_codes_are_stored_nowhere(aoi):
    codes = set_up(aoi)
    stored = str([*RecoveryCode.objects.values(), *AuditEntry.objects.values()])
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


def test_guessing_is_braked(aoi, signed_in, monkeypatch):
    monkeypatch.setattr("kokorochat.web.brake.time.time", lambda: 1_800_000_000.0)
    set_up(aoi)
    browser = at_the_code(aoi, signed_in)
    answers = [browser.post("/second-factor", {"code": "000000"}).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_the_wait_for_the_code_is_not_endless(aoi, signed_in, settings):
    set_up(aoi)
    browser = at_the_code(aoi, signed_in)
    session = browser.session
    pk, standing, wish, at = session["first_factor"]
    session["first_factor"] = [pk, standing, wish, at - sign_in.FIRST_FACTOR_HOLDS.total_seconds() - 1]
    session.save()
    assert browser.post("/second-factor", {"code": app_code(aoi)}).url == "/sign-in"


def test_somebody_who_is_locked_while_the_phone_is_sought_stays_out(aoi, jimu, signed_in):
    set_up(aoi)
    browser = at_the_code(aoi, signed_in)
    set_active(jimu, aoi, False)
    assert browser.post("/second-factor", {"code": app_code(aoi)}).url == "/sign-in"


# --- setting it up ---


def test_a_member_sets_it_up_by_a_picture_or_a_key(aoi, signed_in):
    browser, elsewhere = signed_in(aoi), signed_in(aoi)
    page = browser.get("/second-factor/set-up").content.decode()
    assert 'src="data:image/svg+xml' in page
    key = re.search(r'class="key">([A-Z2-7]+)<', page)[1]
    device = TOTPDevice.objects.get(user=aoi)
    assert hexlify(base64.b32decode(key)).decode() == device.key
    assert browser.get("/second-factor/set-up").context["key"] == key  # a reload keeps what was scanned
    wrong = browser.post("/second-factor/set-up", {"code": "000000"})
    assert wrong.status_code == 422
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    done = browser.post("/second-factor/set-up", {"code": app_code(aoi, confirmed=False)})
    assert len(done.context["codes"]) == 10
    assert browser.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302  # had not given it


def test_an_administrator_must_set_it_up_where_the_setting_says_so(jimu, aoi, signed_in, settings):
    settings.SECOND_FACTOR = True
    assert signed_in().get(f"/sign-in/{make_sign_in_link(None, aoi)}").url == "/"
    browser = at_the_code(jimu, signed_in, "/administration/people")
    assert browser.get("/second-factor").url == "/second-factor/set-up"
    browser.get("/second-factor/set-up")
    done = browser.post("/second-factor/set-up", {"code": app_code(jimu, confirmed=False)})
    assert done.context["next"] == "/administration/people"
    assert browser.get("/administration/people").status_code == 200
    assert "二段階認証が必要です" in browser.post("/account/second-factor/remove", follow=True).content.decode()
    assert second_factor.has_one(jimu)


def test_whoever_may_goes_without_again(aoi, signed_in):
    set_up(aoi)
    browser = at_the_code(aoi, signed_in)
    browser.post("/second-factor", {"code": app_code(aoi)})
    browser.post("/account/second-factor/remove")
    assert not second_factor.has_one(aoi)
    assert not RecoveryCode.objects.exists()


def test_an_administrator_removes_that_of_somebody_who_has_lost_it(jimu, aoi, signed_in):
    set_up(aoi)
    hers = signed_in(aoi)
    signed_in(jimu).post(f"/administration/people/{aoi.pk}/second-factor")
    assert not second_factor.has_one(aoi)
    assert hers.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="factor.remove", by=jimu).exists()


# --- asked again ---


def test_before_an_export_it_is_asked_again_after_a_while(jimu, signed_in):
    set_up(jimu)
    browser = at_the_code(jimu, signed_in)
    browser.post("/second-factor", {"code": app_code(jimu)})
    assert browser.get("/administration/export.zip").status_code == 200
    session = browser.session
    session["sign_in_confirmed"] -= sign_in.CONFIRMATION_HOLDS.total_seconds() + 1
    session.save()
    asked = browser.get("/administration/export.zip")
    assert asked.url == "/second-factor?next=%2Fadministration%2Fsessions"
    given = browser.post(asked.url, {"code": app_code(jimu, ahead=1)}, follow=True)
    assert "15分間" in given.content.decode()
    assert browser.get("/administration/export.zip").status_code == 200


def test_nobody_without_one_is_asked(jimu, signed_in):
    assert signed_in(jimu).get("/administration/export.zip").status_code == 200
    assert signed_in(jimu).get("/second-factor").url == "/"
    assert signed_in().get("/second-factor").url == "/sign-in"
