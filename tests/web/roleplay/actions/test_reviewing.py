"""An administrator marks a session as looked at: stored with who, when and a note, and audited."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kokorochat.web.accounts.actions import add_person
from kokorochat.web.accounts.models import AuditEntry
from kokorochat.web.roleplay.actions import RefusedError, handle_alert, raise_alert, review
from kokorochat.web.roleplay.models import Alert, Review


def test_who_when_why_and_the_note_are_kept_and_audited(session, jimu, clock):
    clock(5)
    done = review(session.pk, jimu, timezone.now(), "電話で確認しました。", ["late"])
    assert (done.by, done.at, done.note, done.kinds) == (jimu, timezone.now(), "電話で確認しました。", ["late"])
    entry = AuditEntry.objects.get(action="session.review")
    assert (entry.by, entry.subject) == (jimu, f"session {session.pk}")


def test_a_session_on_which_somebody_waits_is_not_marked_before_the_alert_is_taken_up(session, jimu):
    alert = raise_alert(session.pk, Alert.Kind.STOP)
    with pytest.raises(RefusedError, check=lambda fault: fault.code == "alert-open"):
        review(session.pk, jimu, timezone.now())
    assert not Review.objects.exists()
    assert Alert.objects.get(pk=alert.pk).handled_at is None
    handle_alert(alert.pk, jimu)
    assert review(session.pk, jimu, timezone.now()).by == jimu


def test_an_alert_that_came_after_the_page_waits(session, jimu, clock):
    clock(10)
    until = timezone.now() - timedelta(minutes=1)
    later = raise_alert(session.pk, Alert.Kind.CONTACT)
    review(session.pk, jimu, until)
    assert Alert.objects.get(pk=later.pk).handled_at is None


def test_an_alert_that_was_called_for_again_since_waits(session, jimu, clock):
    alert = raise_alert(session.pk, Alert.Kind.STOP)
    clock(10)
    until = timezone.now()
    clock(11)
    raise_alert(session.pk, Alert.Kind.STOP)
    review(session.pk, jimu, until)
    alert.refresh_from_db()
    assert alert.handled_at is None


def test_nobody_has_looked_at_what_is_yet_to_come(session, jimu):
    assert review(session.pk, jimu, timezone.now() + timedelta(days=1)).until <= timezone.now()


def test_each_note_stays(session, jimu):
    other = add_person(None, "kantoku", "監督", administrator=True)
    for person, note in ((jimu, "一"), (other, "二")):
        review(session.pk, person, timezone.now(), note)
    assert [(done.by, done.note) for done in Review.objects.order_by("pk")] == [(jimu, "一"), (other, "二")]


@pytest.mark.parametrize("note", ["あ" * 1001, "a\0b"])
def test_a_note_that_cannot_be_stored_is_refused_and_nothing_is_done(session, jimu, note):
    alert = raise_alert(session.pk, Alert.Kind.STOP)
    with pytest.raises(RefusedError, check=lambda fault: fault.code == "bad-note"):
        review(session.pk, jimu, timezone.now(), note)
    assert not Review.objects.exists()
    assert Alert.objects.get(pk=alert.pk).handled_at is None


def test_only_an_administrator_reviews_and_only_a_session_that_is(session, aoi, jimu):
    for person, pk in ((aoi, session.pk), (jimu, 999_999)):
        with pytest.raises(RefusedError, check=lambda fault: fault.code == "not-found"):
            review(pk, person, timezone.now())
    assert not Review.objects.exists()
