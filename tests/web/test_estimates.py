"""The model's estimate: beside the feedback, never instead of it, and never in the way."""

import pytest

from cast import end, rate, rating, talk
from kokorochat.domain.errors import InputError
from kokorochat.web import estimates
from kokorochat.web.roleplay.models import Estimate, Feedback, Session

pytestmark = pytest.mark.django_db(transaction=True)


class Model:
    """Guesses the same for every dialogue, or fails."""

    def __init__(self, answer: object) -> None:
        self.answer, self.asked = answer, []

    def predict_dialogue(self, dialogue):
        self.asked.append(dialogue)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def model(settings, monkeypatch):
    settings.SCORE_MODEL = "ordinal:/srv/models/kokoro-1"

    def answering(answer: object) -> Model:
        made = Model(answer)
        monkeypatch.setattr(estimates, "_model", lambda: made)
        return made

    return answering


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
    (dialogue,) = asked.asked
    assert [utterance.text for utterance in dialogue.utterances] == ["こんにちは。", "はい。"]
    assert dialogue.feedback is None
    stored = Estimate.objects.get()
    assert (stored.items, stored.model) == (rating(2), "kokoro-1")


def test_the_estimate_stands_beside_the_feedback_and_says_what_it_is(session, model, aoi, signed_in):
    model(rating(2))
    talk(session, "こんにちは。", "はい。")
    end(session)
    rate(session, value=5)
    page = signed_in(aoi).get(f"/sessions/{session.code}/result").content.decode()
    assert "<strong>100</strong>" in page
    assert "モデルの推定（計40）。フィードバックではありません" in page
    assert "kokoro-1" in page
    assert "推定はとくに不確か" in page  # two messages are few


def test_a_silent_session_is_not_estimated(session, model):
    asked = model(rating(2))
    end(session)
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
    assert Session.objects.get().ended_at is not None
    assert Feedback.objects.get().total == 80
    assert not Estimate.objects.exists()
    assert f"no estimate for session {session.pk}" in caplog.text
    assert "ひみつの話" not in caplog.text


def test_an_estimate_that_was_missed_is_made_when_the_feedback_comes(session, model):
    model(OSError())
    talk(session, "こんにちは。", "はい。")
    end(session)
    model(rating(3))
    rate(session)
    assert Estimate.objects.get().items == rating(3)
