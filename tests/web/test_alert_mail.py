"""Alerts by mail: to administrators with an address, a link and no words."""

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail import send_mail
from django.utils import timezone

from cast import a_session
from kokorochat.web.accounts.actions import add_person, keep_email
from kokorochat.web.accounts.models import Person
from kokorochat.web.alert_mail import LEASE, send_due
from kokorochat.web.roleplay.actions import handle_alert, raise_alert, resume, say, stop
from kokorochat.web.roleplay.models import Alert
from kokorochat.web.worker import duties


@pytest.fixture(autouse=True)
def _mails(settings, jimu, aoi):
    settings.MAILS = True
    keep_email(jimu, "jimu@example.org")
    keep_email(aoi, "aoi@example.org")


def test_a_stop_is_mailed_once_to_administrators_alone_and_without_words(session, midori):
    say(session.pk, midori, uuid4(), "秘密の言葉")
    stop(session.pk, midori, uuid4())
    assert [send_due(), send_due()] == [True, False]
    (sent,) = mail.outbox
    assert sent.to == ["jimu@example.org"]
    assert "http://testserver/administration/alerts" in sent.body
    for word in ("秘密の言葉", "みどり", "あおい", session.code):
        assert word not in f"{sent.subject}{sent.body}"


def test_a_second_stop_that_nobody_came_to_is_mailed_and_says_so(session, aoi, midori, clock):
    def again() -> None:
        resume(session.pk, aoi, uuid4())
        resume(session.pk, midori, uuid4())
        stop(session.pk, midori, uuid4())

    stop(session.pk, midori, uuid4())
    assert send_due()
    clock(1)
    again()
    assert not send_due()  # not one mail on top of the other
    clock(3)
    assert [send_due(), send_due()] == [True, False]
    first, second = mail.outbox
    assert "再度" not in first.subject
    assert "再度の呼び出し、計2回" in second.subject
    assert "最後は21:01" in second.body
    assert "http://testserver/administration/alerts" in second.body


def test_what_nobody_takes_up_is_mailed_again_after_5_15_and_60_minutes_and_then_no_more(session, clock):
    raise_alert(session.pk, Alert.Kind.STOP)
    sent = []
    for minute in range(200):
        clock(minute)
        while send_due():
            sent.append(minute)
    assert sent == [0, 5, 15, 60]
    subjects = [message.subject for message in mail.outbox]
    assert [re.search(r"(\d+)分", subject)[1] for subject in subjects[1:]] == ["5", "15", "60"]
    assert "分" not in subjects[0]
    assert "21:00" in mail.outbox[1].body
    assert [("最後のメール" in message.body) for message in mail.outbox] == [False, False, False, True]


def test_the_repeats_end_when_somebody_takes_it_up_and_begin_anew_with_the_next_call(session, jimu, clock):
    stopped = raise_alert(session.pk, Alert.Kind.STOP)
    assert send_due()
    clock(5)
    assert send_due()
    clock(14)
    raise_alert(session.pk, Alert.Kind.STOP)
    assert [send_due(), send_due()] == [True, False]
    clock(18)
    assert not send_due()
    clock(19)
    assert send_due()
    handle_alert(stopped.pk, jimu)
    clock(200)
    assert not send_due()


def test_after_a_time_without_a_mail_server_one_mail_makes_up_for_all(session, clock):
    raise_alert(session.pk, Alert.Kind.CONTACT)
    clock(90)
    assert [send_due(), send_due()] == [True, False]


def test_a_hint_is_not_repeated(session, clock):
    raise_alert(session.pk, Alert.Kind.HINT, 1)
    clock(5)
    assert send_due()
    clock(100)
    assert not send_due()


def test_what_one_worker_mails_no_other_does_unless_it_was_killed(session, clock, monkeypatch):
    raise_alert(session.pk, Alert.Kind.STOP)
    plain, beside = mail.get_connection, []

    def meanwhile(*arguments: object, **options: object) -> object:
        beside.append(send_due())
        return plain(*arguments, **options)

    monkeypatch.setattr(mail, "get_connection", meanwhile)
    for minute in (0, 5, 15, 60):
        clock(minute)
        assert send_due()
    assert beside == [False] * 4
    raise_alert(session.pk, Alert.Kind.CONTACT)
    Alert.objects.filter(kind=Alert.Kind.CONTACT).update(mail_claimed_until=timezone.now() + LEASE)
    assert not send_due()
    clock(62)
    assert send_due()


def test_what_is_called_for_while_a_mail_is_on_its_way_is_mailed_too(session, clock, monkeypatch):
    raise_alert(session.pk, Alert.Kind.CONTACT)
    plain = mail.get_connection

    def meanwhile(*arguments: object, **options: object) -> object:
        monkeypatch.setattr(mail, "get_connection", plain)
        clock(0.1)
        raise_alert(session.pk, Alert.Kind.CONTACT)
        return plain(*arguments, **options)

    monkeypatch.setattr(mail, "get_connection", meanwhile)
    assert send_due()
    clock(5)
    assert [send_due(), send_due()] == [True, False]


def test_a_hint_is_mailed_only_if_nobody_has_taken_it_up_for_five_minutes(session, jimu):
    hint = raise_alert(session.pk, Alert.Kind.HINT, 1)
    assert not send_due()
    Alert.objects.update(raised_at=timezone.now() - timedelta(minutes=5))
    handle_alert(hint.pk, jimu)
    assert not send_due()
    raise_alert(session.pk, Alert.Kind.HINT, 2)
    Alert.objects.update(raised_at=timezone.now() - timedelta(minutes=5))
    assert [send_due(), send_due()] == [True, False]
    (sent,) = mail.outbox
    assert sent.to == ["jimu@example.org"]


def test_a_hint_that_waits_holds_up_no_other_alert(session):
    raise_alert(session.pk, Alert.Kind.HINT, 1)
    raise_alert(session.pk, Alert.Kind.STOP, 2)
    assert [send_due(), send_due()] == [True, False]


def test_what_is_handled_already_is_not_mailed(session, jimu):
    handle_alert(raise_alert(session.pk, Alert.Kind.CONTACT).pk, jimu)
    assert not send_due()
    assert mail.outbox == []


def test_an_alert_that_could_not_be_mailed_stays_due_and_keeps_no_other_from_its_turn(
    session, aoi, midori, monkeypatch, clock
):
    def unreachable(*_: object) -> None:
        raise ConnectionRefusedError

    raise_alert(session.pk, Alert.Kind.CONTACT)
    with monkeypatch.context() as patch:
        patch.setattr("kokorochat.web.alert_mail.send_mail", unreachable)
        with pytest.raises(OSError):
            send_due()
    stop(a_session(aoi, midori).pk, midori, uuid4())
    assert [send_due(), send_due()] == [True, False]
    assert "中断" in mail.outbox[0].subject
    clock(1)
    assert [send_due(), send_due()] == [True, False]
    assert "連絡" in mail.outbox[1].subject


def test_a_mail_server_that_is_away_is_asked_once_for_an_alert(session, monkeypatch):
    asked = []

    def silent(subject, text, sender, to):
        asked.append(to)
        raise TimeoutError

    keep_email(add_person(None, "other", "もう一人", administrator=True), "other@example.org")
    monkeypatch.setattr("kokorochat.web.alert_mail.send_mail", silent)
    raise_alert(session.pk, Alert.Kind.CONTACT)
    with pytest.raises(TimeoutError):
        send_due()
    assert len(asked) == 1


@pytest.mark.parametrize("refusal", [SMTPRecipientsRefused({}), UnicodeEncodeError("ascii", "é", 0, 1, "")])
def test_an_address_that_is_refused_keeps_the_alert_from_nobody_else(session, monkeypatch, refusal):
    for name in ("a-first", "z-last"):
        other = add_person(None, name, name, administrator=True)
        keep_email(other, f"{name}@example.org")
    refused = Person.objects.get(username="jimu").email

    def some_are_refused(subject, text, sender, to):
        if to == [refused]:
            raise refusal
        return send_mail(subject, text, sender, to)

    monkeypatch.setattr("kokorochat.web.alert_mail.send_mail", some_are_refused)
    raise_alert(session.pk, Alert.Kind.CONTACT)
    assert [send_due(), send_due()] == [True, False]
    assert {sent.to[0] for sent in mail.outbox} == {"a-first@example.org", "z-last@example.org"}


def test_without_a_mail_server_nothing_is_mailed(session, settings):
    settings.MAILS = False
    raise_alert(session.pk, Alert.Kind.CONTACT)
    assert not send_due()


def test_the_worker_mails_where_a_mail_server_is_named(settings):
    assert send_due in [duty.work for duty in duties()]
    settings.MAILS = False
    assert send_due not in [duty.work for duty in duties()]
