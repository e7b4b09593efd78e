"""When a client is reminded, when not, and what the administrators see of it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from cast import a_session, end, rate, talk
from kokorochat.web.accounts.actions import add_person
from kokorochat.web.accounts.models import AuditEntry, Person
from kokorochat.web.roleplay import actions, feedback_queries, reminding
from kokorochat.web.roleplay.actions import notices
from kokorochat.web.roleplay.models import Alert, FeedbackNotice, Session

JAPAN = ZoneInfo("Asia/Tokyo")
NOON = datetime(2026, 11, 2, 12, tzinfo=JAPAN)
"""When the sessions of these tests end."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Kind, State = FeedbackNotice.Kind, FeedbackNotice.State


def ended_at(session: Session, at: datetime, *, stopped: bool = False) -> Session:
    """The session, talked and ended at that time."""
    talk(session, "こんにちは。", "眠れません。")
    if stopped:
        actions.stop(session.pk, session.client, uuid4())
        for person in (session.counselor, session.client):
            actions.resume(session.pk, person, uuid4())
        Alert.objects.update(handled_at=timezone.now())
    end(session)
    Session.objects.filter(pk=session.pk).update(ended_at=at, last_at=at, started_at=at - HOUR)
    return Session.objects.get(pk=session.pk)


@pytest.fixture
def ended(session) -> Session:
    return ended_at(session, NOON)


def look_each_hour(begin: datetime, hours: int) -> list[tuple[int, datetime]]:
    """What a worker makes that looks every hour, after two days every four: (step, time) of each reminder."""
    for hour in [*range(min(hours + 1, 48)), *range(48, hours + 1, 4)]:
        notices.remind(begin + hour * HOUR)
    made = FeedbackNotice.objects.filter(kind=Kind.REMINDER).order_by("made_at")
    return [(notice.step, notice.made_at.astimezone(JAPAN)) for notice in made]


def test_the_distances_grow_until_the_administrators_are_told_once(ended, jimu):
    add_person(None, "tantou", "担当", administrator=True)
    made = look_each_hour(NOON, 24 * 30)
    assert made == [(1, NOON + 3 * HOUR), (2, NOON + DAY), (3, NOON + 3 * DAY), (4, NOON + 7 * DAY)]
    late = FeedbackNotice.objects.filter(kind=Kind.LATE)
    assert {(n.person.username, n.made_at.astimezone(JAPAN)) for n in late} == {
        ("jimu", NOON + 8 * DAY),
        ("tantou", NOON + 8 * DAY),
    }
    assert AuditEntry.objects.filter(action="feedback.remind").count() == 4


def test_nobody_is_reminded_at_night_and_never_twice_in_twelve_hours(session):
    evening = NOON.replace(hour=20, minute=30)
    ended_at(session, evening)
    made = look_each_hour(evening, 24 * 10)
    assert [step for step, _ in made] == [1, 2, 3, 4]
    assert all(9 <= at.hour < 21 for _, at in made)
    assert made[0][1] == datetime(2026, 11, 3, 9, 30, tzinfo=JAPAN), "the morning after"
    assert all(later - sooner >= reminding.APART for (_, sooner), (_, later) in pairwise(made))


def test_the_night_is_that_of_the_platform():
    at = datetime(2026, 11, 2, 0, 30, tzinfo=UTC)
    with timezone.override(ZoneInfo("UTC")):
        assert not reminding.is_day(at)
    with timezone.override(JAPAN):
        assert reminding.is_day(at)


def test_a_worker_that_was_away_sends_one_reminder_for_all_that_it_missed(ended):
    assert look_each_hour(NOON + 4 * DAY, 2) == [(3, NOON + 4 * DAY)]


def test_a_platform_that_is_new_to_reminders_does_not_write_of_last_month(ended, jimu):
    assert look_each_hour(NOON + reminding.OVER_AFTER + HOUR, 24) == []
    assert not FeedbackNotice.objects.exists()


def test_two_workers_at_once_make_one_reminder(ended):
    now = NOON + 4 * HOUR
    due = feedback_queries.reminders_due(now)
    assert due == [(ended.pk, 1)]
    assert [notices._remind(ended.pk, now) for _ in range(2)] == [True, False]
    assert FeedbackNotice.objects.count() == 1


def test_a_given_feedback_ends_it(ended, aoi):
    notices.remind(NOON + 4 * HOUR)
    rate(ended)
    look_each_hour(NOON + 5 * HOUR, 24 * 10)
    assert [(n.kind, n.person) for n in FeedbackNotice.objects.order_by("pk")] == [
        (Kind.REMINDER, ended.client),
        (Kind.CAME, aoi),
    ]


def test_after_a_stop_nobody_is_asked_for_a_rating_but_the_administrators_know(session, jimu):
    ended_at(session, NOON, stopped=True)
    assert look_each_hour(NOON, 24 * 10) == []
    assert FeedbackNotice.objects.get().kind == Kind.LATE


@pytest.mark.parametrize("kind", [Alert.Kind.CONTACT, Alert.Kind.HINT])
def test_while_an_alert_waits_nobody_is_reminded(ended, jimu, kind):
    alert = actions.raise_alert(ended.pk, kind)
    assert look_each_hour(NOON, 26) == []
    actions.handle_alert(alert.pk, jimu)
    assert look_each_hour(NOON + 26 * HOUR, 1) == [(2, NOON + 26 * HOUR)]


@pytest.mark.parametrize("chosen", [{"suicidal_thoughts": "played"}, {"client_state": "死にたいと思っている"}])
def test_the_day_of_a_heavy_role_belongs_to_leaving_it(session, chosen):
    Session.objects.update(**chosen)
    ended_at(session, NOON)
    assert look_each_hour(NOON, 25) == [(2, NOON + DAY)]


def test_nobody_is_reminded_in_the_middle_of_another_talk(ended, midori, sumire):
    other = a_session(sumire, midori)
    talk(other, "こんにちは。", "はい。")
    now = NOON + 4 * HOUR
    Session.objects.filter(pk=other.pk).update(last_at=now - timedelta(minutes=5))
    assert feedback_queries.reminders_due(now) == []
    Session.objects.filter(pk=other.pk).update(last_at=now - 2 * HOUR)
    assert feedback_queries.reminders_due(now) == [(ended.pk, 1)]


def test_programs_locked_people_and_silent_sessions_owe_nothing(aoi, midori, sumire, renshu):
    ended_at(a_session(aoi, renshu), NOON)
    ended_at(a_session(renshu, midori), NOON)
    ended_at(a_session(aoi, sumire), NOON)
    Person.objects.filter(pk=sumire.pk).update(is_active=False)
    silent = a_session(aoi, midori)
    end(silent)
    Session.objects.filter(pk=silent.pk).update(ended_at=NOON)
    assert look_each_hour(NOON, 24 * 10) == []


def test_administrators_see_when_who_was_reminded_and_how(ended, aoi, midori, jimu, signed_in):
    stopped = ended_at(a_session(aoi, midori), NOON + HOUR, stopped=True)
    notices.remind(NOON + 4 * HOUR)
    notice = FeedbackNotice.objects.get()
    (given,) = notices.choose_doors(notice.pk, [FeedbackNotice.Door.MAIL])
    notices.settle(given.pk, State.SENT)
    first, second = feedback_queries.feedback_awaited(jimu)
    assert (first, first.reminders, first.reminded_by, first.was_stopped) == (ended, 1, "mail", False)
    assert first.reminded_at is not None
    assert (second, second.reminders, second.was_stopped) == (stopped, None, True)
    assert not feedback_queries.feedback_awaited(aoi).exists()
    page = signed_in(jimu).get("/administration/sessions?state=due").content.decode()
    assert "お知らせ1回" in page
    assert "中断があったため、お知らせしません" in page


def test_a_counselor_is_told_once_though_the_form_is_sent_twice(ended, aoi):
    rate(ended)
    rate(ended)
    assert [(n.kind, n.person) for n in FeedbackNotice.objects.all()] == [(Kind.CAME, aoi)]


def test_practice_tells_nobody(aoi, renshu):
    rate(ended_at(a_session(aoi, renshu), NOON))
    assert not FeedbackNotice.objects.exists()
