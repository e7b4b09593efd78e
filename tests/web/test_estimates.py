"""The model's estimate: beside the feedback, never instead of it, and never in the way."""

import threading
from uuid import uuid4

import pytest

from cast import a_session, end, rate, rating, talk
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.learning.explanation import Explanation, Reason
from kokorochat.web import estimates
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Estimate, Event, Feedback, Session

pytestmark = pytest.mark.django_db(transaction=True)


class Model:
    """Guesses the same for every dialogue, or fails; it gives no reasons."""

    name, fingerprint, decoding, knows = "a test", "", "none", None

    def __init__(self, answer: object) -> None:
        self.answer, self.asked = answer, []

    def predict_dialogue(self, dialogue):
        self.asked.append(dialogue)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def predict(self, samples):
        raise AssertionError("a session is no sample")


class Explaining(Model):
    """Says that the first item is raised by the second utterance, and lowered a little by each other."""

    def explain(self, dialogue):
        others = [Reason(place, -0.1 - place / 100) for place in range(len(dialogue.utterances)) if place != 1]
        strongest = sorted([Reason(1, 0.5), *others], key=lambda reason: -abs(reason.effect))
        return Explanation(
            dict.fromkeys(ITEM_KEYS, 2.0),
            dict.fromkeys(ITEM_KEYS, ()) | {ITEM_KEYS[0]: (*strongest, Reason(0, 0.001))},
        )


@pytest.fixture
def model(settings, monkeypatch):
    settings.SCORE_MODEL = "ordinal:/srv/models/kokoro-1"

    def answering(answer: object, made: type[Model] = Model) -> Model:
        made = made(answer)
        monkeypatch.setattr(estimates, "_model", lambda: made)
        return made

    return answering


def settled() -> None:
    """Wait until what was to be estimated is."""
    estimates.THREAD.submit(int).result(10)


def test_without_a_model_there_is_no_estimate(session, aoi, signed_in):
    talk(session, "こんにちは。", "はい。")
    end(session)
    rate(session)
    assert not Estimate.objects.exists()
    assert "推定" not in signed_in(aoi).get(f"/sessions/{session.code}/result").content.decode()


def test_at_the_end_the_model_is_asked_once_about_the_talk_alone(session, model):
    asked = model(rating(2))
    talk(session, "こんにちは。", "はい。")
    end(session)
    rate(session)
    settled()
    (dialogue,) = asked.asked
    assert [utterance.text for utterance in dialogue.utterances] == ["こんにちは。", "はい。"]
    assert dialogue.feedback is None
    stored = Estimate.objects.get()
    assert (stored.items, stored.model) == (rating(2), "kokoro-1")


def test_no_model_is_told_with_the_place_where_it_lies(session, model, settings):
    settings.SCORE_MODEL = "ordinal:/srv/models/kokoro-1/"
    model(rating(2))
    talk(session, "こんにちは。", "はい。")
    end(session)
    settled()
    assert Estimate.objects.get().model == "kokoro-1"


def test_the_estimate_stands_beside_the_feedback_and_says_what_it_is(session, model, aoi, signed_in):
    model(rating(2))
    talk(session, "こんにちは。", "はい。")
    end(session)
    rate(session, value=5)
    settled()
    page = signed_in(aoi).get(f"/sessions/{session.code}/result").content.decode()
    assert "<strong>100</strong>" in page
    assert "モデルの推定（合計40、フィードバックではありません）" in page
    assert "kokoro-1" in page
    assert "推定はとくに不確か" in page  # two messages are few


def test_a_silent_session_is_not_estimated(session, model):
    asked = model(rating(2))
    end(session)
    settled()
    assert asked.asked == []


@pytest.mark.parametrize(
    "fault",
    [InputError("model", "is gone", "Train it"), ValueError(), OSError(), RuntimeError(), AttributeError(), KeyError()],
    ids=lambda fault: type(fault).__name__,
)
def test_a_failing_model_is_in_nobodys_way(fault, session, model, midori, signed_in, caplog):
    model(fault)
    talk(session, "ひみつの話", "はい。")
    end(session)
    form = {**rating(), "topic_main": "Others", "topic_sub": "いろいろ"}
    assert signed_in(midori).post(f"/sessions/{session.code}/feedback", form).status_code == 302
    settled()
    assert Session.objects.get().ended_at is not None
    assert Feedback.objects.get().total == 80
    assert not Estimate.objects.exists()
    assert f"no estimate for session {session.pk}" in caplog.text
    assert "ひみつの話" not in caplog.text


def test_an_estimate_that_was_missed_is_made_when_the_feedback_comes(session, model):
    model(OSError())
    talk(session, "こんにちは。", "はい。")
    end(session)
    settled()
    model(rating(3))
    rate(session)
    settled()
    assert Estimate.objects.get().items == rating(3)


# --- its reasons ---


def test_reasons_are_kept_by_the_numbers_of_messages_the_strongest_few_and_without_words(session, model):
    model(rating(2), Explaining)
    talk(session, "こんにちは。", "ひみつの話", "そうですか。", "はい。", "なるほど。", "ええ。")
    end(session)
    settled()
    reasons = Estimate.objects.get().reasons
    assert reasons[ITEM_KEYS[0]] == [[2, 0.5], [6, -0.15], [5, -0.14], [4, -0.13]]
    assert reasons[ITEM_KEYS[1]] == []
    assert "ひみつ" not in str(reasons)


def test_a_reason_names_its_message_even_if_the_talk_was_stopped_in_between(session, model):
    model(rating(2), Explaining)
    talk(session, "こんにちは。")
    actions.stop(session.pk, session.client, uuid4())
    actions.say(session.pk, session.client, uuid4(), "少し待ってください。")
    for person in (session.client, session.counselor):
        actions.resume(session.pk, person, uuid4())
    actions.say(session.pk, session.client, uuid4(), "眠れません。")
    end(session)
    settled()
    number, effect = Estimate.objects.get().reasons[ITEM_KEYS[0]][0]
    assert effect == 0.5
    assert Event.objects.get(session=session, number=number).text == "眠れません。"


def test_the_counselor_sees_what_raised_and_lowered_an_item_and_is_led_to_the_place(session, model, aoi, signed_in):
    model(rating(2), Explaining)
    talk(session, "こんにちは。", "<b>眠れません</b>" + "。" * 80, "そうですか。")
    end(session)
    rate(session)
    settled()
    page = signed_in(aoi).get(f"/sessions/{session.code}/result").content.decode()
    assert f'<a href="/sessions/{session.code}#n2">&lt;b&gt;眠れません' in page
    assert "…</a>" in page  # a long message is cut
    assert "+0.50" in page
    assert "−0.12" in page
    assert page.index("推定を上げた発言") < page.index("推定を下げた発言")
    assert "相談者役がそう感じたという意味ではありません" in page
    assert page.count('class="why"') == 1


def test_the_client_is_shown_nothing_of_an_estimate(session, model, midori, signed_in):
    model(rating(2), Explaining)
    talk(session, "こんにちは。", "眠れません。")
    end(session)
    rate(session)
    settled()
    browser = signed_in(midori)
    assert browser.get(f"/sessions/{session.code}/result").status_code == 404
    for path in ("/", f"/sessions/{session.code}", f"/sessions/{session.code}/feedback"):
        assert "推定" not in browser.get(path).content.decode()


def test_a_message_that_was_taken_back_is_no_reason_any_more(session, model, aoi, signed_in):
    model(rating(2), Explaining)
    talk(session, "こんにちは。", "眠れません。", "そうですか。")
    end(session)
    rate(session)
    settled()
    Event.objects.filter(session=session, number=2).update(kind="withdrawn", text="")
    page = signed_in(aoi).get(f"/sessions/{session.code}/result").content.decode()
    assert "#n2" not in page
    assert "#n3" in page


def test_while_reasons_are_found_messages_of_others_are_stored(session, model, aoi, sumire):
    thinking, go_on = threading.Event(), threading.Event()

    class Slow(Explaining):
        def explain(self, dialogue):
            thinking.set()
            assert go_on.wait(10)
            return super().explain(dialogue)

    model(rating(2), Slow)
    talk(session, "こんにちは。", "眠れません。")
    end(session)
    assert thinking.wait(10)
    other = a_session(aoi, sumire)
    talk(other, "こちらは待ちません。")
    assert not Estimate.objects.exists()
    go_on.set()
    settled()
    assert Estimate.objects.get().session == session
