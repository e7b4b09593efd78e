"""One's own mail address: stored by whoever reads it, and by nobody else."""

import re
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.core.mail.backends.locmem import EmailBackend

from kokorochat.web.accounts import mail_address
from kokorochat.web.accounts.actions import keep_email, keep_named_email, name_email, sign_out_everywhere
from kokorochat.web.accounts.mail_address import LIFETIME
from kokorochat.web.accounts.models import AuditEntry


@pytest.fixture(autouse=True)
def _mails(settings) -> None:
    settings.MAILS = True


def link_in_mail() -> str:
    return re.search(r"http://testserver(/account/mail/\S+)", mail.outbox[-1].body)[1]


def test_an_address_is_stored_when_its_reader_says_so_and_not_by_a_look(aoi, signed_in):
    signed_in(aoi).post("/account/mail", {"email": "aoi@example.org"})
    aoi.refresh_from_db()
    assert (aoi.email, aoi.email_named, mail.outbox[0].to) == ("", "aoi@example.org", ["aoi@example.org"])
    assert "まだ確認されていません" in signed_in(aoi).get("/account").content.decode()
    phone = signed_in()
    assert "aoi@example.org" in phone.get(link_in_mail()).content.decode()
    aoi.refresh_from_db()
    assert aoi.email == "", "mail programs open links too"
    assert "保存しました" in phone.post(link_in_mail()).content.decode()
    aoi.refresh_from_db()
    assert (aoi.email, aoi.email_named) == ("aoi@example.org", "")
    assert phone.get("/account").status_code == 302, "nobody is signed in by it"
    assert AuditEntry.objects.filter(action="person.email").count() == 1
    assert "aoi@example.org" not in str(list(AuditEntry.objects.values_list("subject")))


def test_an_empty_address_is_taken_away_at_once(aoi, signed_in):
    keep_email(aoi, "aoi@example.org")
    assert "aoi@example.org" in signed_in(aoi).get("/account").content.decode()
    signed_in(aoi).post("/account/mail", {"email": ""})
    aoi.refresh_from_db()
    assert (aoi.email, mail.outbox) == ("", [])


def test_naming_the_stored_address_again_takes_back_another_that_was_named(aoi, signed_in):
    keep_email(aoi, "aoi@example.org")
    browser = signed_in(aoi)
    browser.post("/account/mail", {"email": "new@example.org"})
    browser.post("/account/mail", {"email": "aoi@example.org"})
    aoi.refresh_from_db()
    assert (aoi.email, aoi.email_named, len(mail.outbox)) == ("aoi@example.org", "", 1)


def test_a_link_that_is_used_again_does_not_take_back_another_address_that_was_named(aoi, signed_in):
    browser = signed_in(aoi)
    browser.post("/account/mail", {"email": "aoi@example.org"})
    first = link_in_mail()
    signed_in().post(first)
    browser.post("/account/mail", {"email": "new@example.org"})
    assert signed_in().post(first).status_code == 200
    assert signed_in().post(link_in_mail()).status_code == 200
    aoi.refresh_from_db()
    assert (aoi.email, aoi.email_named) == ("new@example.org", "")


def test_a_stranger_who_confirms_while_another_address_is_named_is_too_late(aoi, signed_in, monkeypatch):
    signed_in(aoi).post("/account/mail", {"email": "aio@example.org"})
    store = mail_address.keep_named_email

    def slow(person, email):
        name_email(aoi, "aoi@example.org")
        return store(person, email)

    monkeypatch.setattr(mail_address, "keep_named_email", slow)
    assert signed_in().post(link_in_mail()).status_code == 404
    aoi.refresh_from_db()
    assert (aoi.email, aoi.email_named) == ("", "aoi@example.org")


def test_who_presses_the_button_twice_stores_the_address_once(aoi):
    name_email(aoi, "aoi@example.org")
    assert [keep_named_email(aoi, "aoi@example.org") for _ in range(2)] == [True, True]
    assert AuditEntry.objects.filter(action="person.email").count() == 1


def test_a_link_ends_after_a_day_and_with_a_sign_out_everywhere(aoi, signed_in, monkeypatch):
    signed_in(aoi).post("/account/mail", {"email": "aoi@example.org"})
    link = link_in_mail()
    with monkeypatch.context() as patch:
        now = signing.time.time()
        patch.setattr(signing.time, "time", lambda: now + (LIFETIME + timedelta(minutes=1)).total_seconds())
        assert signed_in().post(link).status_code == 404
        assert "もう一度メールを送って" in signed_in().get(link).content.decode()
    assert signed_in().get(link).status_code == 200
    sign_out_everywhere(aoi, aoi)
    assert signed_in().post(link).status_code == signed_in().post(f"{link}x").status_code == 404
    aoi.refresh_from_db()
    assert aoi.email == ""


@pytest.mark.parametrize("later", ["aoi@example.org", ""])
def test_a_stranger_at_a_mistyped_address_is_too_late_once_another_is_named(aoi, signed_in, later):
    browser = signed_in(aoi)
    browser.post("/account/mail", {"email": "aio@example.org"})
    strangers = link_in_mail()
    browser.post("/account/mail", {"email": later})
    if later:
        assert signed_in().post(strangers).status_code == 404
        assert signed_in().post(link_in_mail()).status_code == 200
    assert signed_in().post(strangers).status_code == 404
    aoi.refresh_from_db()
    assert (aoi.email, aoi.email_named) == (later, "")


def test_nobody_fills_a_strangers_letter_box(aoi, signed_in):
    browser = signed_in(aoi)
    answers = [browser.post("/account/mail", {"email": "a@example.org"}).status_code for _ in range(6)]
    assert (answers, len(mail.outbox)) == ([302] * 5 + [429], 5)


def test_what_is_no_address_and_what_could_not_be_sent_is_told(aoi, signed_in, settings):
    browser = signed_in(aoi)
    answer = browser.post("/account/mail", {"email": "aoi@example"})
    assert (answer.status_code, mail.outbox) == (422, [])
    page = answer.content.decode()
    assert 'value="aoi@example"' in page
    assert "autofocus" in page
    assert 'id="id_email_error"' in page
    assert browser.post("/account/mail", {"email": "aoi\nbcc: x@example.org"}).status_code == 422
    assert mail.outbox == []
    settings.EMAIL_BACKEND = f"{__name__}.Away"
    browser.post("/account/mail", {"email": "aoi@example.org"})
    assert "メールを送信できませんでした" in browser.get("/account").content.decode()
    aoi.refresh_from_db()
    assert aoi.email_named == ""


class Away(EmailBackend):
    """A mail server that is away."""

    def send_messages(self, messages):
        raise ConnectionRefusedError


def test_without_a_mail_server_there_is_no_such_page(aoi, signed_in, settings):
    settings.MAILS = False
    browser = signed_in(aoi)
    assert browser.post("/account/mail", {"email": "aoi@example.org"}).status_code == 404
    assert "/account/mail" not in browser.get("/account").content.decode()
