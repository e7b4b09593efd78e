"""An alert calls the administrators, once for each kind as long as it waits, and holds no words."""

from uuid import uuid4

import pytest

from kokorochat.web.accounts.actions import add_person
from kokorochat.web.accounts.models import AuditEntry
from kokorochat.web.roleplay.actions import RefusedError, handle_alert, raise_alert, say, stop
from kokorochat.web.roleplay.models import Alert
from kokorochat.web.roleplay.queries import alerts, stop_of
from kokorochat.web.roleplay.signals import alert_raised


def test_a_call_that_waits_is_not_doubled_and_one_after_it_is_new(session, jimu):
    first = raise_alert(session.pk, Alert.Kind.HINT, 3)
    repeated = raise_alert(session.pk, Alert.Kind.HINT, 5)
    assert (repeated.pk, repeated.number, repeated.times) == (first.pk, 3, 2)
    assert repeated.last_at > repeated.raised_at
    assert raise_alert(session.pk, Alert.Kind.CONTACT).pk != first.pk
    handle_alert(first.pk, jimu)
    assert raise_alert(session.pk, Alert.Kind.HINT, 9).number == 9


def test_who_handles_it_first_stays(session, jimu):
    alert = raise_alert(session.pk, Alert.Kind.STOP)
    other = add_person(None, "kantoku", "監督", administrator=True)
    handled = handle_alert(alert.pk, jimu)
    assert handle_alert(alert.pk, other).handled_by == jimu
    assert handled.handled_at is not None
    assert AuditEntry.objects.filter(by=jimu, action="alert.handle", subject=f"alert {alert.pk}").count() == 1


def test_only_an_administrator_handles_or_sees_alerts(session, aoi, jimu):
    alert = raise_alert(session.pk, Alert.Kind.STOP)
    for person, key in ((aoi, alert.pk), (jimu, 4711)):
        with pytest.raises(RefusedError):
            handle_alert(key, person)
    assert list(alerts(aoi)) == []
    assert list(alerts(jimu)) == [alert]


def test_the_two_learn_who_looks_after_them(session, midori, jimu):
    stop(session.pk, midori, uuid4())
    session.refresh_from_db()
    assert stop_of(session).helper is None
    handle_alert(Alert.objects.get().pk, jimu)
    assert stop_of(session).helper == jimu.display_name


@pytest.mark.django_db(transaction=True)
def test_listeners_hear_of_it_after_the_commit_and_without_words(session, midori):
    heard = []

    def listen(**told):
        heard.append({key: told[key] for key in told if key not in ("signal", "sender")})

    alert_raised.connect(listen)
    try:
        say(session.pk, midori, uuid4(), "秘密の言葉")
        stop(session.pk, midori, uuid4())
    finally:
        alert_raised.disconnect(listen)
    assert heard == [{"alert_id": Alert.objects.get().pk}]


@pytest.mark.parametrize(
    "text", ["（本当に消えたいと思っています）", "演技じゃなくて、死にたいんです", "実は自分も自傷をしていました"]
)
def test_crisis_words_outside_the_role_are_a_quiet_hint(session, midori, text):
    event = say(session.pk, midori, uuid4(), text)
    alert = Alert.objects.get()
    assert (alert.kind, alert.number) == (Alert.Kind.HINT, event.number)


def test_crisis_words_while_stopped_are_a_hint_too(session, midori):
    stop(session.pk, midori, uuid4())
    say(session.pk, midori, uuid4(), "死にたい気持ちになりました")
    assert {alert.kind for alert in Alert.objects.all()} == {Alert.Kind.STOP, Alert.Kind.HINT}


@pytest.mark.parametrize("text", ["もう死にたいです", "（少し休みます）", "実は自分も眠れません"])
def test_the_play_itself_calls_nobody(session, midori, text):
    say(session.pk, midori, uuid4(), text)
    assert not Alert.objects.exists()
