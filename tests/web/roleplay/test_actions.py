"""The one writer: numbers without a gap, each message once, the end is the end, feedback once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cast import WORK, a_session, end, numbers, rate, rating, talk
from kokorochat.domain.dialogue import Role
from kokorochat.domain.feedback import CHECK_KEYS, ITEM_KEYS, TOTAL_RULE
from kokorochat.web.accounts.models import AuditEntry
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.actions import RefusedError, give_feedback, mark_seen, pair, say
from kokorochat.web.roleplay.models import Event, Feedback, Session
from kokorochat.web.roleplay.signals import session_changed, session_settled

HARMFUL, UNETHICAL, UNWILLING = CHECK_KEYS


def refused(code: str) -> object:
    return pytest.raises(RefusedError, check=lambda error: error.code == code and str(error))


# --- pairing ---


def test_one_person_can_not_play_both_roles(aoi):
    with refused("same-person"):
        a_session(aoi, aoi)
    assert not Session.objects.exists()


def test_pairing_is_audited_without_words(jimu, aoi, midori):
    session = pair(jimu, aoi, midori, start=timezone.now())
    entry = AuditEntry.objects.get(action="session.pair")
    assert (entry.by, entry.subject) == (jimu, f"session {session.pk}")


# --- saying ---


def test_numbers_start_at_1_and_follow_the_order_of_the_talk(session):
    texts = ["おはようございます。", "はい。", "どうぞ。", "実は。"]
    talk(session, *texts)
    events = Event.objects.filter(session=session).order_by("number")
    assert [(event.number, event.text) for event in events] == list(enumerate(texts, start=1))
    assert [event.role for event in events] == ["counselor", "client"] * 2


def test_a_repeat_gives_the_stored_event(session, aoi):
    message_id = uuid4()
    first = say(session.pk, aoi, message_id, "聞こえますか。")
    again = say(session.pk, aoi, message_id, "聞こえますか。")
    assert (again.pk, again.number, again.at) == (first.pk, first.number, first.at)
    assert numbers(session) == [1]


def test_a_repeat_after_the_end_still_gives_the_stored_event(session, aoi):
    message_id = uuid4()
    first = say(session.pk, aoi, message_id, "最後に。")
    end(session)
    assert say(session.pk, aoi, message_id, "最後に。").pk == first.pk


def test_an_id_is_not_used_for_another_text(session, aoi):
    message_id = uuid4()
    say(session.pk, aoi, message_id, "一つ目")
    with refused("id-in-use"):
        say(session.pk, aoi, message_id, "二つ目")
    with refused("id-in-use"):
        actions.end(session.pk, aoi, message_id)
    assert Event.objects.get(session=session).text == "一つ目"


def test_two_people_may_use_the_same_id(session, aoi, midori):
    message_id = uuid4()
    say(session.pk, aoi, message_id, "あおいです")
    say(session.pk, midori, message_id, "みどりです")
    assert numbers(session) == [1, 2]


def test_a_stranger_can_neither_say_nor_end_nor_learn_that_it_has_ended(session, sumire):
    for attempt in range(2):
        with refused("not-found"):
            say(session.pk, sumire, uuid4(), "入れてください")
        with refused("not-found"):
            actions.end(session.pk, sumire, uuid4())
        if attempt == 0:
            end(session)
    assert numbers(session) == [1]


def test_a_session_that_is_not_there_is_as_unknown_as_a_strangers(aoi):
    with refused("not-found"):
        say(4711, aoi, uuid4(), "もしもし")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("　　", "empty"),
        ("あ" * 5001, "too-long"),
        ("😀" * 5001, "too-long"),
        ("NUL\0です", "not-text"),
        ("\ud83d", "not-text"),
        ("半分\udc00だけ", "not-text"),
    ],
    ids=["empty", "white space", "full-width spaces", "5001", "5001 emoji", "NUL", "lone surrogate", "low surrogate"],
)
def test_an_unusable_text_is_refused_and_not_stored(session, aoi, text, code):
    with refused(code):
        say(session.pk, aoi, uuid4(), text)
    assert numbers(session) == []
    assert Session.objects.get(pk=session.pk).started_at is None


@pytest.mark.parametrize(
    "text",
    [
        "あ" * 5000,
        "😀" * 5000,
        "消し\u0008た",
        "👩‍👩‍👧‍👦が\u304b\u3099\n\n\r\n\t 終わり　",
        "\u202eひっくり返す\u202c",
        "<script>alert(1)</script>&amp;' OR 1=1 --",
        "%s {n} \\n",
    ],
    ids=["5000", "5000 emoji", "backspace", "family and line ends", "right to left", "markup", "placeholders"],
)
def test_a_text_is_stored_unchanged(session, aoi, text):
    say(session.pk, aoi, uuid4(), text)
    assert Event.objects.get(session=session).text == text


def test_the_first_message_starts_the_session(session):
    events = talk(session, "こんにちは。", "はい。")
    assert Session.objects.get(pk=session.pk).started_at == events[0].at


def test_times_never_decrease_even_if_the_clock_goes_back(session, monkeypatch):
    now = timezone.now()
    clock = iter([now, now - timedelta(hours=1), now + timedelta(seconds=1)])
    monkeypatch.setattr(actions.events.timezone, "now", lambda: next(clock))
    assert [event.at for event in talk(session, "一", "二", "三")] == [now, now, now + timedelta(seconds=1)]


# --- the end ---


def test_after_the_end_messages_are_refused(session, aoi, midori):
    talk(session, "こんにちは。")
    ending = end(session)
    for person in (aoi, midori):
        with refused("ended"):
            say(session.pk, person, uuid4(), "もう一言")
    assert numbers(session) == [1, 2]
    assert Session.objects.get(pk=session.pk).ended_at == ending.at


def test_who_ends_an_ended_session_gets_its_end(session, midori):
    ending = end(session)
    assert actions.end(session.pk, midori, uuid4()).pk == ending.pk
    assert numbers(session) == [1]
    assert AuditEntry.objects.filter(action="session.end").count() == 1


# --- the law, for any order of things ---

_ids = st.sampled_from([UUID(int=number) for number in range(4)])
_deeds = st.lists(st.tuples(st.sampled_from(["aoi", "midori"]), _ids, st.sampled_from(["一", "二", None])), max_size=14)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=_deeds)
def test_any_interleaving_gives_gapless_numbers_and_each_id_once(aoi, midori, deeds):
    """Each deed is (who, id, text); without a text it is the end. A small model says what must come of it."""
    people = {"aoi": aoi, "midori": midori}
    session = a_session(aoi, midori)
    stored: dict[tuple[str, UUID], tuple[str | None, int]] = {}
    ended: int | None = None
    for who, message_id, text in deeds:
        known = stored.get((who, message_id))
        if known is not None:
            due: int | str = known[1] if known[0] == text else "id-in-use"
        elif ended is not None:
            due = "ended" if text is not None else ended
        else:
            due = len(stored) + 1
            stored[who, message_id] = (text, due)
            ended = due if text is None else None
        try:
            if text is None:
                came: int | str = actions.end(session.pk, people[who], message_id).number
            else:
                came = say(session.pk, people[who], message_id, text).number
        except RefusedError as refusal:
            came = refusal.code
        assert came == due
    events = list(Event.objects.filter(session=session).order_by("number"))
    assert [event.number for event in events] == list(range(1, len(stored) + 1))
    assert len({(event.sender_id, event.message_id) for event in events}) == len(events)
    assert [event.at for event in events] == sorted(event.at for event in events)


# --- real threads, on a real database ---


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Do all at once, each in a thread with a connection of its own; what came of each, refusals too."""
    ready = threading.Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> object:
        ready.wait()
        try:
            return deed()
        except RefusedError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(run, deeds))


@pytest.mark.django_db(transaction=True)
def test_eight_threads_at_once_get_numbers_without_a_gap(session, aoi, midori):
    assert connection.vendor != "sqlite" or "memory" not in str(connection.settings_dict["NAME"])

    def speaker(place: int) -> Callable[[], list[int]]:
        person = (aoi, midori)[place % 2]
        return lambda: [say(session.pk, person, uuid4(), f"{place}の{turn}").number for turn in range(4)]

    given_numbers = at_once(*(speaker(place) for place in range(8)))
    assert sorted(number for own in given_numbers for number in own) == list(range(1, 33))
    assert numbers(session) == list(range(1, 33))
    assert all(own == sorted(own) for own in given_numbers)


@pytest.mark.django_db(transaction=True)
def test_the_same_message_sent_eight_times_at_once_is_stored_once(session, aoi):
    message_id = uuid4()
    events = at_once(*[lambda: say(session.pk, aoi, message_id, "届きましたか。").number] * 8)
    assert events == [1] * 8
    assert numbers(session) == [1]


@pytest.mark.django_db(transaction=True)
def test_end_against_say_leaves_nothing_after_the_end(session, aoi, midori):
    came = at_once(
        lambda: actions.end(session.pk, aoi, uuid4()).number,
        lambda: actions.end(session.pk, midori, uuid4()).number,
        *[lambda: say(session.pk, midori, uuid4(), "まだ").number] * 6,
    )
    last = Event.objects.filter(session=session).order_by("number").last()
    assert last.kind == Event.Kind.END
    assert Event.objects.filter(session=session, kind=Event.Kind.END).count() == 1
    assert came[0] == came[1] == last.number
    assert numbers(session) == list(range(1, last.number + 1))
    late = [refusal for refusal in came[2:] if isinstance(refusal, RefusedError)]
    assert {refusal.code for refusal in late} <= {"ended"}
    assert len(late) == 6 - (last.number - 1)


@pytest.mark.django_db(transaction=True)
def test_two_feedbacks_at_once_leave_one(session):
    end(session)
    came = at_once(*[lambda v=value: rate(session, value=v).total for value in (1, 5)])
    assert sorted(getattr(one, "code", "stored") for one in came) == ["given", "stored"]
    assert Feedback.objects.get(session=session).total in came


# --- waking others ---


@pytest.mark.django_db(transaction=True)
def test_others_are_woken_after_the_commit_and_without_words(session, aoi):
    heard = []

    def listen(**told):
        heard.append((connection.in_atomic_block, {key: told[key] for key in told if key not in ("signal", "sender")}))

    session_changed.connect(listen)
    session_settled.connect(listen)
    try:
        say(session.pk, aoi, uuid4(), "秘密の言葉")
        end(session)
        rate(session)
    finally:
        session_changed.disconnect(listen)
        session_settled.disconnect(listen)
    one = {"session_id": session.pk}
    assert heard == [
        (False, one | {"number": 1}),
        (False, one | {"number": 2}),
        (False, one),
        (False, one),
        (False, one),
    ]


def test_what_a_screen_has_shown_only_grows_and_never_beyond_the_talk(session):
    talk(session, "一", "二", "三")
    for number, due in ((2, 2), (1, 2), (4, 2), (3, 3)):
        mark_seen(session.pk, Role.CLIENT, number)
        assert Session.objects.get(pk=session.pk).client_seen == due
    assert Session.objects.get(pk=session.pk).counselor_seen == 0


# --- feedback ---


@pytest.mark.parametrize(
    ("checks", "total"),
    [
        ([], 87),
        ([UNWILLING], 43),
        ([HARMFUL], 0),
        ([UNETHICAL], 0),
        ([HARMFUL, UNWILLING], 0),
        ([HARMFUL, UNETHICAL, UNWILLING], 0),
    ],
)
def test_the_total_follows_the_rule(session, checks, total):
    talk(session, "こんにちは。")
    end(session)
    feedback = rate(session, checks, **dict.fromkeys(ITEM_KEYS[:7], 5))
    assert (feedback.total, feedback.rule) == (total, TOTAL_RULE)
    assert feedback.checks == checks


def test_feedback_is_given_once_and_stays(session, midori):
    end(session)
    rate(session, value=5)
    with refused("given"):
        give_feedback(session.pk, midori, rating(0), {HARMFUL})
    stored = Feedback.objects.get(session=session)
    assert (stored.items, stored.checks, stored.total) == (rating(5), [], 100)


def test_feedback_comes_after_the_end(session, midori):
    talk(session, "こんにちは。")
    with refused("not-ended"):
        give_feedback(session.pk, midori, rating(), set())


@pytest.mark.parametrize("who", ["aoi", "sumire"])
def test_only_the_client_gives_feedback(session, who, request):
    person = request.getfixturevalue(who)
    end(session)
    with refused("not-found"):
        give_feedback(session.pk, person, rating(), set())
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    ("items", "checks"),
    [
        (rating(felt_respected=6), set()),
        (rating(felt_respected=-1), set()),
        (rating(felt_respected=3.5), set()),
        (rating(felt_respected=3.0), set()),
        (rating(felt_respected="3"), set()),
        (rating(felt_respected=True), set()),
        (rating(felt_respected=None), set()),
        (rating(charm=3), set()),
        ({key: value for key, value in rating().items() if key != "felt_respected"}, set()),
        ({}, set()),
        (rating(), {"boring"}),
    ],
)
def test_faulty_feedback_is_refused_whole(session, midori, items, checks):
    end(session)
    with refused("bad-feedback"):
        give_feedback(session.pk, midori, items, checks)
    assert not Feedback.objects.exists()


def test_the_clients_topic_is_taken_only_if_none_was_agreed(session, aoi, midori):
    end(session)
    rate(session)
    stored = Session.objects.get(pk=session.pk)
    assert (stored.topic, stored.topic_sub) == WORK
    agreed = a_session(aoi, midori, conditions=actions.Conditions(WORK[0], "残業"))
    end(agreed)
    rate(agreed)
    assert Session.objects.get(pk=agreed.pk).topic_sub == "残業"
