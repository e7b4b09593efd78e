"""A session that its two people have left open is ended by an administrator, and by nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cast import a_session, talk
from kokorochat.web.accounts.models import AuditEntry
from kokorochat.web.roleplay import reminding
from kokorochat.web.roleplay.actions import notices
from kokorochat.web.roleplay.models import Event, FeedbackNotice, Session


@pytest.fixture
def left_open(session, clock) -> Session:
    """Talked at noon and left; it is three hours after its due end."""
    Session.objects.update(planned_start=timezone.now())
    talk(session, "こんにちは。", "はい。")
    Session.objects.update(counselor_came_at=timezone.now(), client_came_at=timezone.now())
    clock(60 + 180)
    session.refresh_from_db()
    return session


def end_of(session: Session) -> str:
    return f"/administration/sessions/{session.code}/end"


def test_the_record_leads_to_a_page_that_asks_and_ends_it(left_open, jimu, signed_in):
    browser, record = signed_in(jimu), f"/administration/sessions/{left_open.code}/record"
    assert f'href="{end_of(left_open)}"' in browser.get(record).content.decode()
    assert "終了しますか" in browser.get(end_of(left_open)).content.decode()
    left_open.refresh_from_db()
    assert left_open.ended_at is None, "a look ends nothing"
    assert browser.post(end_of(left_open)).url == record
    left_open.refresh_from_db()
    assert left_open.ended_at == timezone.now()
    event = Event.objects.get(session=left_open, kind="end")
    assert (event.role, event.sender) == ("supervisor", jimu)
    entry = AuditEntry.objects.filter(action="session.end").get()
    assert (entry.by, entry.subject) == (jimu, f"session {left_open.pk}")
    assert end_of(left_open) not in browser.get(record).content.decode()


def test_the_client_is_asked_for_feedback_as_usual(left_open, midori, jimu, signed_in, clock):
    signed_in(jimu).post(end_of(left_open))
    assert f"/sessions/{left_open.code}/feedback" in signed_in(midori).get("/").content.decode()
    clock(60 + 180 + 16 * 60)
    assert reminding.is_day(timezone.now())
    notices.remind(timezone.now())
    assert [notice.person for notice in FeedbackNotice.objects.all()] == [midori]


@pytest.mark.parametrize("minute", [0, 60, 60 + 119])
def test_a_session_that_goes_on_or_has_just_passed_its_time_is_its_peoples_own(minute, session, jimu, signed_in, clock):
    Session.objects.update(planned_start=timezone.now())
    talk(session, "こんにちは。")
    clock(minute)
    browser = signed_in(jimu)
    assert end_of(session) not in browser.get(f"/administration/sessions/{session.code}/record").content.decode()
    assert browser.post(end_of(session)).status_code == 302
    session.refresh_from_db()
    assert session.ended_at is None


def test_somebody_who_still_writes_has_not_left_it(left_open, jimu, signed_in, clock):
    talk(left_open, "まだいます。")
    signed_in(jimu).post(end_of(left_open))
    left_open.refresh_from_db()
    assert left_open.ended_at is None


def test_a_session_to_which_nobody_came_can_be_ended_too_and_nobody_owes_feedback(aoi, midori, jimu, signed_in, clock):
    session = a_session(aoi, midori)
    clock(60 + 120)
    signed_in(jimu).post(end_of(session))
    session.refresh_from_db()
    assert session.ended_at is not None
    Session.objects.update(ended_at=timezone.now() - timedelta(days=2))
    clock(60 + 120 + 15 * 60)
    notices.remind(timezone.now())
    assert not FeedbackNotice.objects.exists()
