"""What somebody should look at: each kind by its definition, gone once it was seen, back when something changes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from cast import a_session, end, rate, talk
from kokorochat.domain.dialogue import Role
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Alert, Session
from kokorochat.web.roleplay.supervision import Kind, kinds_of, reviews, running, supervised, to_review

HOUR, DAY = 60, 24 * 60


@pytest.fixture
def kinds(jimu):
    """The kinds of a session that wait to be looked at."""

    def of(session: Session) -> set[str]:
        return {kind.value for kind in kinds_of(supervised(jimu).get(pk=session.pk))}

    return of


@pytest.fixture
def reviewed(jimu):
    def at_once(session: Session) -> None:
        actions.review(session.pk, jimu, timezone.now())

    return at_once


def long_talk(session: Session, clock) -> None:
    """Forty minutes in which both speak often."""
    for place in range(40):
        clock(place)
        actions.say(session.pk, (session.counselor, session.client)[place % 2], uuid4(), f"{place}")


UNEVEN = {ITEM_KEYS[0]: 1, ITEM_KEYS[1]: 2}


def test_an_alert_waits_until_it_is_handled(session, jimu, kinds, clock):
    alert = actions.raise_alert(session.pk, Alert.Kind.STOP)
    assert kinds(session) == {"alert"}
    clock(1)
    actions.handle_alert(alert.pk, jimu)
    assert kinds(session) == set()
    clock(2)
    again = actions.raise_alert(session.pk, Alert.Kind.STOP)
    assert again.pk != alert.pk
    assert kinds(session) == {"alert"}
    actions.handle_alert(again.pk, jimu)
    assert kinds(session) == set()


def test_feedback_is_late_after_two_days_until_it_comes(session, kinds, clock):
    long_talk(session, clock)
    end(session)
    for hours, due in ((47, set()), (49, {"late"})):
        clock(hours * HOUR)
        assert kinds(session) == due
    rate(session, **UNEVEN)
    assert kinds(session) == set()


def test_late_feedback_that_was_looked_at_comes_back_if_what_comes_needs_a_look(session, kinds, reviewed, clock):
    long_talk(session, clock)
    end(session)
    clock(3 * DAY)
    reviewed(session)
    assert kinds(session) == set()
    clock(4 * DAY)
    rate(session, ["unwilling_to_continue"], **UNEVEN)
    assert kinds(session) == {"screened"}


def test_a_session_looked_at_early_is_late_all_the_same(session, kinds, reviewed, clock):
    long_talk(session, clock)
    end(session)
    clock(HOUR)
    reviewed(session)
    clock(3 * DAY)
    assert kinds(session) == {"late"}


def test_a_session_to_which_one_does_not_come_is_a_no_show(session, aoi, kinds, clock):
    Session.objects.update(planned_start=timezone.now())
    clock(29)
    assert kinds(session) == set()
    actions.say(session.pk, aoi, uuid4(), "お待ちしています。")
    clock(31)
    assert kinds(session) == {"absent"}


def test_a_session_at_which_both_come_and_nobody_begins_is_one_too(session, kinds, clock):
    Session.objects.update(planned_start=timezone.now())
    for role in Role:
        actions.note_arrival(session.pk, role)
    clock(31)
    assert kinds(session) == {"absent"}
    talk(session, "こんにちは。", "はい。")
    assert kinds(session) == set()


def test_a_no_show_that_was_ended_is_never_late(session, aoi, kinds, reviewed, clock):
    Session.objects.update(planned_start=timezone.now())
    actions.say(session.pk, aoi, uuid4(), "お待ちしています。")
    end(session)
    clock(3 * DAY)
    assert kinds(session) == {"absent"}
    reviewed(session)
    assert kinds(session) == set()


def test_a_new_time_asks_again_after_a_no_show(session, kinds, reviewed, clock):
    Session.objects.update(planned_start=timezone.now())
    clock(HOUR)
    reviewed(session)
    assert kinds(session) == set()
    Session.objects.update(planned_start=timezone.now())
    assert kinds(session) == set()
    clock(2 * HOUR)
    assert kinds(session) == {"absent"}


def test_what_the_corpus_would_leave_out_is_looked_at_once_and_again_when_it_changes(
    session, midori, kinds, reviewed, clock
):
    said = [actions.say(session.pk, midori, uuid4(), f"{place}") for place in range(31)]
    end(session)
    rate(session, **UNEVEN)
    assert kinds(session) == {"screened"}  # too short
    clock(5)
    reviewed(session)
    assert kinds(session) == set()
    clock(6)
    actions.withdraw(session.pk, midori, said[0].message_id)
    assert kinds(session) == set()
    actions.withdraw(session.pk, midori, said[1].message_id)
    assert kinds(session) == {"screened"}  # too few messages now, as well


@pytest.mark.parametrize(("others", "due"), [(0, True), (1, True), (2, False)])
@pytest.mark.parametrize("value", [0, 5])
def test_a_rating_is_straight_if_all_items_or_all_but_one_are_alike(session, kinds, clock, others, due, value):
    long_talk(session, clock)
    end(session)
    rate(session, value=value, **dict.fromkeys(ITEM_KEYS[:others], 3))
    assert kinds(session) == ({"straight"} if due else set())


def test_practice_with_a_program_asks_for_nobody_but_its_alerts(aoi, renshu, kinds, clock):
    session = a_session(aoi, renshu)
    Session.objects.update(planned_start=timezone.now())
    clock(3 * DAY)
    assert kinds(session) == set()
    actions.stop(session.pk, aoi, uuid4())
    assert kinds(session) == {"alert"}


def test_what_was_not_on_the_page_when_it_was_marked_stays(session, jimu, kinds, clock):
    talk(session, "はい。", "いいえ。")
    end(session)
    seen = timezone.now() - timedelta(seconds=1)
    clock(1)
    rate(session, **UNEVEN)
    clock(2)
    actions.review(session.pk, jimu, seen)
    assert kinds(session) == {"screened"}


def test_the_newest_cause_stands_first_and_a_kind_narrows_the_list(aoi, midori, sumire, jimu, clock):
    short, late, quiet = a_session(aoi, midori), a_session(aoi, sumire), a_session(sumire, midori)
    for session in (short, late):
        talk(session, "はい。", "いいえ。")
        end(session)
    rate(short, **UNEVEN)
    Session.objects.filter(pk=quiet.pk).update(planned_start=timezone.now() + timedelta(days=9))
    clock(3 * DAY)
    assert list(to_review(jimu)) == [late, short]
    assert list(to_review(jimu, Kind.SCREENED)) == [short]
    actions.raise_alert(short.pk, Alert.Kind.CONTACT)
    assert list(to_review(jimu)) == [short, late]


def test_who_stands_at_the_top_of_what_runs(aoi, midori, sumire, jimu, clock):
    old, stopped, new, ended, planned = (a_session(aoi, midori) for _ in range(5))
    talk(old, "はい。")
    clock(1)
    talk(stopped, "はい。")
    actions.stop(stopped.pk, midori, uuid4())
    clock(2)
    talk(new, "はい。")
    talk(ended, "はい。")
    end(ended)
    found = list(running(jimu))
    assert found == [stopped, new, old]
    assert (found[0].stopped_by, found[0].helper) == ("client", None)
    actions.handle_alert(Alert.objects.get().pk, jimu)
    assert running(jimu)[0].helper == jimu.display_name
    assert planned not in found


def test_a_session_that_is_stopped_before_anybody_spoke_runs(session, midori, jimu):
    actions.stop(session.pk, midori, uuid4())
    assert list(running(jimu)) == [session]


def test_nobody_but_an_administrator_is_given_anything(session, aoi, jimu):
    actions.review(session.pk, jimu, timezone.now())
    actions.stop(session.pk, aoi, uuid4())
    for ask in (running, supervised, to_review, reviews):
        assert list(ask(aoi)) == []
