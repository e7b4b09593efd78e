"""Administrators are called on each of their pages, take care, and keep the help lines."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from cast import a_session, talk
from kokorochat.web.alert_mail import send_due
from kokorochat.web.roleplay.actions import raise_alert, resume, stop
from kokorochat.web.roleplay.models import Alert, HelpLine, Session


@pytest.fixture
def stopped(session, midori) -> Alert:
    talk(session, "秘密の言葉")
    stop(session.pk, midori, uuid4())
    return Alert.objects.get()


def test_every_page_of_an_administrator_tells_what_waits_and_no_words(stopped, jimu, signed_in):
    for path in ("/administration/sessions", "/administration/people", "/administration/alerts/open", "/history"):
        page = signed_in(jimu).get(path, headers={"X-Part": "alerts"}).content.decode()
        assert "セッションが中断されました" in page
        assert "秘密の言葉" not in page


def test_the_pages_tell_that_it_was_stopped_again_and_when(stopped, aoi, midori, jimu, signed_in):
    for person in (aoi, midori):
        resume(stopped.session_id, person, uuid4())
    stop(stopped.session_id, aoi, uuid4())
    at = timezone.localtime(Alert.objects.get().last_at)
    for path in ("/administration/alerts", "/administration/alerts/open"):
        page = signed_in(jimu).get(path, headers={"X-Part": "alerts"}).content.decode()
        assert f"呼び出し2回（最後は{at:%H:%M}）" in page


def test_a_day_that_is_not_today_is_told_with_the_time(stopped, jimu, signed_in):
    Alert.objects.update(raised_at=timezone.now() - timedelta(days=400))
    page = signed_in(jimu).get("/administration/alerts/open", headers={"X-Part": "alerts"}).content.decode()
    assert f"{timezone.localtime(Alert.objects.get().raised_at):%Y年}" in page


def test_banner_and_list_begin_with_whoever_has_waited_longest(stopped, aoi, midori, jimu, signed_in):
    Alert.objects.update(raised_at=timezone.now() - timedelta(minutes=12))
    later = raise_alert(a_session(aoi, midori).pk, Alert.Kind.CONTACT)
    for part in ("alerts", "alert-cards"):
        answer = signed_in(jimu).get("/administration/alerts/open", headers={"X-Part": part})
        assert list(answer.context["alerts"]) == [stopped, later]
        page = answer.content.decode()
        assert "12分前" in page
        assert ("呼び出し2件が対応待ち" in page) == (part == "alerts")


def test_what_has_just_come_is_not_told_in_minutes(stopped, jimu, signed_in):
    for part in ("alerts", "alert-cards"):
        page = signed_in(jimu).get("/administration/alerts/open", headers={"X-Part": part}).content.decode()
        assert "たった今" in page
        assert "0分" not in page


def test_the_alerts_page_has_no_banner_beside_its_list(stopped, jimu, signed_in):
    page = signed_in(jimu).get("/administration/alerts").content.decode()
    assert page.count("data-waiting-alerts") == 1
    assert 'data-part="alert-cards"' in page


def test_a_stop_that_holds_is_looked_after_and_handled_when_it_is_over(stopped, aoi, midori, jimu, signed_in):
    browser = signed_in(jimu)
    browser.post(f"/administration/alerts/{stopped.pk}/handle")
    answer = browser.get("/administration/alerts")
    assert (list(answer.context["looked_after"]), list(answer.context["page"])) == ([stopped], [])
    assert f"/administration/alerts/{stopped.pk}/resume" in answer.content.decode()
    browser.post(f"/administration/alerts/{stopped.pk}/resume")
    stop(stopped.session_id, aoi, uuid4())
    again = Alert.objects.latest("pk")
    browser.post(f"/administration/alerts/{again.pk}/handle")
    answer = browser.get("/administration/alerts")
    assert (list(answer.context["looked_after"]), list(answer.context["page"])) == ([again], [stopped])


def test_nobody_else_is_told(stopped, aoi, signed_in):
    page = signed_in(aoi).get("/").content.decode()
    assert "data-waiting-alerts" not in page


def test_a_hint_is_quieter_than_a_stop(session, jimu, signed_in):
    raise_alert(session.pk, Alert.Kind.HINT, 1)
    page = signed_in(jimu).get("/administration/alerts/open", headers={"X-Part": "alerts"}).content.decode()
    assert "quiet-alert" in page
    assert "data-urgent" not in page


def test_who_takes_care_and_when_stands_on_the_page(stopped, jimu, signed_in):
    browser = signed_in(jimu)
    browser.post(f"/administration/alerts/{stopped.pk}/handle")
    stopped.refresh_from_db()
    assert stopped.handled_by == jimu
    page = browser.get("/administration/alerts").content.decode()
    assert "対応を待っている人はいません" in page
    assert "事務局" in page


@pytest.mark.parametrize("step", ["resume", "end"])
def test_an_administrator_lets_it_go_on_or_ends_it(stopped, jimu, signed_in, step):
    signed_in(jimu).post(f"/administration/alerts/{stopped.pk}/{step}")
    session = Session.objects.get(pk=stopped.session_id)
    assert session.stopped_at is None
    assert (session.ended_at is not None) == (step == "end")
    assert signed_in(jimu).post(f"/administration/alerts/{stopped.pk}/explode").status_code == 404


def test_an_alert_that_no_database_can_count_to_is_not_there(jimu, signed_in):
    for step in ("handle", "resume"):
        assert signed_in(jimu).post(f"/administration/alerts/{10**30}/{step}").status_code == 404


@pytest.mark.parametrize("step", ["resume", "end"])
def test_an_old_page_neither_lifts_another_stop_nor_ends_a_talk_that_goes_on(
    stopped, aoi, midori, jimu, signed_in, step
):
    browser, button = signed_in(jimu), f"/administration/alerts/{stopped.pk}/{step}"
    browser.post(f"/administration/alerts/{stopped.pk}/handle")
    for person in (aoi, midori):
        resume(stopped.session_id, person, uuid4())
    browser.post(button)
    assert Session.objects.get().ended_at is None
    stop(stopped.session_id, midori, uuid4())
    assert "この中断はすでに終わっています" in browser.post(button, follow=True).content.decode()
    assert Session.objects.get().stopped_at is not None
    assert Alert.objects.latest("pk").handled_at is None


def test_only_the_call_of_a_stop_lifts_it(stopped, jimu, signed_in):
    hint = raise_alert(stopped.session_id, Alert.Kind.HINT, 1)
    for step in ("resume", "end"):
        signed_in(jimu).post(f"/administration/alerts/{hint.pk}/{step}")
    session = Session.objects.get()
    assert (session.stopped_at is None, session.ended_at) == (False, None)


@pytest.mark.parametrize("step", ["resume", "end"])
def test_a_stop_that_is_lifted_twice_is_lifted_once(stopped, jimu, signed_in, step):
    for _ in range(2):
        page = signed_in(jimu).post(f"/administration/alerts/{stopped.pk}/{step}", follow=True)
        assert "この中断はすでに終わっています" not in page.content.decode()


def test_an_address_for_alerts_is_used_once_its_reader_has_confirmed_it(stopped, jimu, signed_in, settings):
    settings.MAILS = True
    browser, page = signed_in(jimu), "/administration/alerts"
    assert "まだメールは届きません" in browser.get(page).content.decode()
    named = {"email": "jimu@example.org", "back": "alerts"}
    assert browser.post("/account/mail", named).url == page
    shown = browser.get(page).content.decode()
    assert "まだ確認されていません" in shown
    assert 'name="email" value="jimu@example.org"' in shown
    assert send_due()
    assert len(mail.outbox) == 1, "no alert goes there yet"
    browser.post("/account/mail", named)
    assert len(mail.outbox) == 2, "the mail is sent again"
    link = re.search(r"http://testserver(/account/mail/\S+)", mail.outbox[-1].body)[1]
    assert "管理者への呼び出し" in signed_in().post(link).content.decode()
    jimu.refresh_from_db()
    assert (jimu.email, jimu.email_named) == ("jimu@example.org", "")
    assert "まだ確認されていません" not in browser.get(page).content.decode()


def test_a_wrong_address_for_alerts_is_refused_there(jimu, signed_in, settings):
    settings.MAILS = True
    browser = signed_in(jimu)
    answer = browser.post("/account/mail", {"email": "not an address", "back": "alerts"})
    assert answer.status_code == 422
    assert 'value="not an address"' in answer.content.decode()
    assert 'name="back" value="alerts"' in answer.content.decode()
    jimu.refresh_from_db()
    assert (jimu.email, jimu.email_named) == ("", "")


def test_nobody_else_is_led_to_the_alerts(aoi, signed_in, settings):
    settings.MAILS = True
    assert signed_in(aoi).post("/account/mail", {"email": "", "back": "alerts"}).url == "/account"


def test_without_a_mail_server_no_address_is_asked(jimu, signed_in):
    assert 'name="email"' not in signed_in(jimu).get("/administration/alerts").content.decode()


# --- help lines ---


def rows(*lines: tuple[str, str, str], of: int = 0) -> dict[str, object]:
    """The form as a browser sends it, over `of` lines that were there."""
    fields = {"form-TOTAL_FORMS": len(lines), "form-INITIAL_FORMS": of}
    for place, line in enumerate(lines):
        fields |= {
            f"form-{place}-{name}": value for name, value in zip(("japanese", "english", "contact"), line, strict=True)
        }
    return fields


def kept() -> list[str]:
    return [line.contact for line in HelpLine.objects.order_by("position")]


def test_lines_are_changed_added_and_taken_away(jimu, signed_in):
    browser = signed_in(jimu)
    one, two = ("窓口一", "Desk one", "0120-000-001"), ("窓口二", "Desk two", "0120-000-002")
    assert browser.post("/administration/help-lines", rows(one, ("", "", ""), two, of=3)).status_code == 302
    assert kept() == ["0120-000-001", "0120-000-002"]
    browser.post("/administration/help-lines", rows(("", "", ""), two, of=2))
    assert kept() == ["0120-000-002"]
    browser.post("/administration/help-lines", rows(("", "", ""), of=1))
    assert kept() == []
    assert "0120-061-338" in browser.get("/administration/help-lines").content.decode()


def test_half_a_line_is_refused_and_nothing_is_stored(jimu, signed_in):
    response = signed_in(jimu).post("/administration/help-lines", rows(("窓口", "", "0120-000-001")))
    assert response.status_code == 422
    assert kept() == []


# --- the client's phone ---


def test_the_phone_link_signs_the_client_in_and_leads_to_the_talk(session, midori, jimu, signed_in):
    page = signed_in(jimu).post(f"/administration/sessions/{session.code}/phone")
    link = page.context["link"]
    assert 'src="data:image/svg+xml' in page.content.decode()
    phone = signed_in()
    response = phone.get(link.removeprefix("http://testserver"), follow=True)
    assert response.redirect_chain[-1][0] == f"/sessions/{session.code}"
    assert response.context["user"] == midori


def test_links_for_others_have_a_name_of_their_own_and_not_the_givers(session, midori, jimu, signed_in, settings):
    """In the demo all names are this machine, and a sign-in belongs to a name."""
    settings.ORIGINS = ["http://phone.localhost:8000", "http://admin.localhost:8000"]
    settings.ALLOWED_HOSTS = ["phone.localhost", "admin.localhost"]
    office = signed_in(jimu, headers={"host": "admin.localhost:8000"})
    for path in (f"/administration/sessions/{session.code}/phone", f"/administration/people/{midori.pk}/link"):
        page = office.post(path).content.decode()
        assert "http://phone.localhost:8000/sign-in/" in page
        assert "http://admin.localhost:8000/sign-in/" not in page
