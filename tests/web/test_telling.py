"""By which door people are told of feedback, and the mails: a link, no words, and each once."""

import re
import smtplib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from cast import a_session, end, rate, talk
from kokorochat.web import notice_mail, telling
from kokorochat.web.accounts.actions import keep_email
from kokorochat.web.roleplay import actions, reminding
from kokorochat.web.roleplay.actions import notices
from kokorochat.web.roleplay.models import FeedbackNotice, Session
from kokorochat.web.worker import duties

Kind, State = FeedbackNotice.Kind, FeedbackNotice.State
NOON = datetime(2026, 11, 2, 12, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.fixture(autouse=True)
def _mails(settings, monkeypatch, aoi, midori, jimu):
    settings.MAILS = True
    for person in (aoi, midori, jimu):
        keep_email(person, f"{person.username}@example.org")
    monkeypatch.setattr(reminding, "is_day", lambda _: True)


@pytest.fixture
def ended(session) -> Session:
    talk(session, "秘密の言葉", "眠れません。")
    end(session)
    return Session.objects.get(pk=session.pk)


def remind(session: Session) -> None:
    """Four hours have passed."""
    Session.objects.filter(pk=session.pk).update(ended_at=timezone.now() - timedelta(hours=4))
    notices.remind(timezone.now())


def tell() -> None:
    while telling.choose_doors() or notice_mail.send_due():
        pass


def states() -> list[tuple[str, str]]:
    return [(notice.door, notice.state) for notice in FeedbackNotice.objects.order_by("pk")]


def test_a_client_is_mailed_a_link_that_opens_the_form_and_no_word(ended, signed_in):
    remind(ended)
    tell()
    (sent,) = mail.outbox
    assert (sent.to, states()) == (["midori@example.org"], [("mail", "sent")])
    link = re.search(r"http://testserver(/feedback/\S+)", sent.body)[1]
    assert "あおいさんへのフィードバック" in signed_in().get(link).content.decode()
    for word in ("秘密の言葉", "眠れません", "みどり", "あおい", ended.code):
        assert word not in f"{sent.subject}{sent.body}"
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_counselor_is_mailed_at_once_with_a_link_and_without_the_rating(ended):
    rate(ended, value=2)
    tell()
    (sent,) = mail.outbox
    assert sent.to == ["aoi@example.org"]
    assert f"http://testserver/sessions/{ended.code}/result" in sent.body
    for word in ("秘密の言葉", "みどり", "あおい", "40", "上司"):
        assert word not in re.sub(r"http\S+|\d+:\d+", "", f"{sent.subject}{sent.body}")
    tell()
    assert len(mail.outbox) == 1


def test_administrators_are_told_where_it_is_missing(ended, jimu):
    Session.objects.update(ended_at=timezone.now() - reminding.TELL_ADMINISTRATORS_AFTER - timedelta(hours=1))
    notices.remind(timezone.now())
    tell()
    to_office = [sent for sent in mail.outbox if sent.to == ["jimu@example.org"]]
    assert len(to_office) == 1
    assert "http://testserver/administration/sessions?state=due" in to_office[0].body


def test_whoever_has_no_door_is_not_written_to_later_either(ended, midori):
    keep_email(midori, "")
    remind(ended)
    tell()
    assert states() == [("", "dropped")]
    keep_email(midori, "midori@example.org")
    tell()
    assert mail.outbox == []


def test_what_was_given_meanwhile_is_not_asked_for(ended):
    remind(ended)
    telling.choose_doors()
    rate(ended)
    tell()
    assert [sent.to for sent in mail.outbox] == [["aoi@example.org"]]
    assert states()[0] == ("mail", "dropped")


def test_a_reminder_that_the_night_has_caught_waits_for_the_morning(ended, monkeypatch):
    remind(ended)
    telling.choose_doors()
    monkeypatch.setattr(reminding, "is_day", lambda _: False)
    tell()
    assert (mail.outbox, states()) == ([], [("mail", "waiting")])
    notice = FeedbackNotice.objects.get()
    assert (notice.due_at > timezone.now(), notice.tries) == (True, 0), "and a night costs no tries"


class Server(EmailBackend):
    """A mail server with a fault."""

    fault: Exception | None = None
    at_the_door = False

    def open(self):
        if Server.at_the_door:
            raise ConnectionRefusedError
        return True

    def send_messages(self, messages):
        if Server.fault is not None:
            raise Server.fault
        return super().send_messages(messages)


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    yield Server
    Server.fault, Server.at_the_door = None, False


def test_a_server_that_is_away_costs_nothing(ended, server):
    rate(ended)
    telling.choose_doors()
    server.at_the_door = True
    with pytest.raises(ConnectionRefusedError):
        notice_mail.send_due()
    assert (states(), FeedbackNotice.objects.get().tries) == ([("mail", "waiting")], 0)
    server.at_the_door = False
    tell()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (smtplib.SMTPRecipientsRefused({"aoi@example.org": (550, b"no such box")}), "refused"),
        (smtplib.SMTPRecipientsRefused({"aoi@example.org": (451, b"later")}), "waiting"),
        (smtplib.SMTPDataError(451, b"later"), "waiting"),
        (smtplib.SMTPServerDisconnected("gone"), "uncertain"),
        (TimeoutError(), "uncertain"),
    ],
)
def test_what_was_surely_not_taken_is_tried_again_and_what_may_have_been_is_not(ended, server, fault, state):
    rate(ended)
    telling.choose_doors()
    server.fault = fault
    notice_mail.send_due()
    assert states() == [("mail", state)]
    server.fault = None
    FeedbackNotice.objects.update(due_at=timezone.now())
    tell()
    assert len(mail.outbox) == (1 if state == "waiting" else 0)


def test_a_mail_whose_sender_died_is_not_sent_a_second_time(ended, monkeypatch):
    class KilledError(BaseException):
        pass

    def killed(*_: object) -> None:
        raise KilledError

    rate(ended)
    telling.choose_doors()
    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", killed)
        with pytest.raises(KilledError):
            notice_mail.send_due()
    tell()
    assert (mail.outbox, states()) == ([], [("mail", "tried")])
    FeedbackNotice.objects.update(due_at=timezone.now() - notice_mail.GONE_AFTER - timedelta(seconds=1))
    tell()
    assert (mail.outbox, states()) == ([], [("mail", "uncertain")])


def test_each_notice_has_one_name(ended, aoi, midori):
    other = a_session(midori, aoi)
    talk(other, "こんにちは。", "はい。")
    end(other)
    for session in (ended, other):
        rate(session)
    tell()
    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == 2


def test_the_worker_reminds_on_every_platform_and_mails_where_it_can(settings):
    assert {telling.remind, telling.choose_doors, actions.drop_forgotten_drafts} <= {duty.work for duty in duties()}
    assert notice_mail.send_due in [duty.work for duty in duties()]
    settings.MAILS = False
    assert notice_mail.send_due not in [duty.work for duty in duties()]
