"""Feedback over LINE: a client is asked for it, a counselor is told of it, each by one push."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from cast import a_session, end, rate, talk
from kokorochat.web import notice_mail, telling
from kokorochat.web.accounts.actions import keep_email
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import reminding
from kokorochat.web.roleplay.actions import notices
from kokorochat.web.roleplay.models import FeedbackNotice, Session
from kokorochat.web.transports.line import deliver, linking
from kokorochat.web.transports.line.models import Account, Outgoing
from web.transports.line.conftest import SUMIRE, link
from web.transports.line.test_deliver import Fake, fake, send_all, words  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def _it_is_day(monkeypatch) -> None:
    monkeypatch.setattr(reminding, "is_day", lambda _: True)


@pytest.fixture
def ended(session: Session, linked: Account) -> Session:
    talk(session, "こんにちは。", "眠れません。")
    end(session)
    return Session.objects.get(pk=session.pk)


def remind(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(ended_at=timezone.now() - timedelta(hours=4))
    notices.remind(timezone.now())
    tell()


def tell() -> None:
    while telling.choose_doors():
        pass


def states() -> list[tuple[str, str, str]]:
    return [(n.kind, n.door, n.state) for n in FeedbackNotice.objects.order_by("pk")]


def test_a_client_on_line_is_reminded_there_once_and_the_link_opens_the_form(ended, fake, midori, signed_in, settings):  # noqa: F811
    settings.MAILS = True
    keep_email(midori, "midori@example.org")
    send_all()
    before = len(fake.asked)
    remind(ended)
    fake.answers = [500, 409]
    send_all()
    send_all()
    asked = fake.asked[before:]
    assert len({key for _, key, _ in asked}) == 1, "repeated with its key until there is an answer"
    assert {kind for kind, _, _ in asked} == {"push"}
    link_to_form = words(fake)[-1].rpartition("http://testserver")[2]
    assert "あおいさんへのフィードバック" in signed_in().get(link_to_form).content.decode()
    assert states() == [("reminder", "line", "sent")]
    assert mail.outbox == []


def test_a_counselor_on_line_is_told_there_and_by_mail(ended, fake, aoi, settings):  # noqa: F811
    settings.MAILS = True
    keep_email(aoi, "aoi@example.org")
    link(aoi, SUMIRE)
    send_all()
    rate(ended)
    tell()
    send_all()
    notice_mail.send_due()
    assert f"http://testserver/sessions/{ended.code}/result" in words(fake)[-1]
    assert "80" not in words(fake)[-1].partition("http")[0]
    assert states() == [("came", "line", "sent"), ("came", "mail", "sent")]
    assert len(mail.outbox) == 1


def test_what_line_surely_has_not_goes_by_mail(ended, fake, midori, settings):  # noqa: F811
    settings.MAILS = True
    keep_email(midori, "midori@example.org")
    send_all()
    remind(ended)
    fake.limit(quota=200, used=200)
    fake.answers = [429]
    send_all()
    assert states() == [("reminder", "line", "dropped"), ("reminder", "mail", "waiting")]
    notice_mail.send_due()
    assert [sent.to for sent in mail.outbox] == [["midori@example.org"]]
    assert Outgoing.objects.get(feedback_notice__isnull=False).sealed_text == ""


def test_where_the_quota_is_spent_or_the_account_blocked_mail_is_the_door(ended, midori, settings):
    settings.MAILS = True
    keep_email(midori, "midori@example.org")
    Account.objects.update(followed=False)
    remind(ended)
    assert states() == [("reminder", "mail", "waiting")]


def test_what_was_given_before_line_had_it_is_not_asked_for(ended, fake):  # noqa: F811
    send_all()
    before = len(fake.asked)
    remind(ended)
    rate(ended)
    send_all()
    assert len(fake.asked) == before
    assert states()[0] == ("reminder", "line", "dropped")


def test_an_account_that_was_unlinked_meanwhile_is_told_nothing(ended, fake, midori: Person):  # noqa: F811
    send_all()
    before = len(fake.asked)
    remind(ended)
    linking.unlink(midori)
    send_all()
    assert len(fake.asked) == before


def test_a_reminder_that_waits_for_the_morning_holds_no_talk_up(ended, fake, aoi, midori, monkeypatch):  # noqa: F811
    send_all()
    remind(ended)
    monkeypatch.setattr(reminding, "is_day", lambda _: False)
    talk(a_session(aoi, midori), "次のセッションです。")
    send_all()
    assert words(fake)[-1] == "次のセッションです。"
    assert states() == [("reminder", "line", "waiting")]
    assert not deliver.send(), "an idle worker is not kept busy by it"
    Session.objects.update(last_at=timezone.now() - timedelta(hours=2))
    monkeypatch.setattr(reminding, "is_day", lambda _: True)
    Outgoing.objects.filter(feedback_notice__isnull=False).update(hold_until=timezone.now())
    send_all()
    assert states() == [("reminder", "line", "sent")]
