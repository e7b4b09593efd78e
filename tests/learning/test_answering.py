"""Answering: interrupted work goes on, and answers of different models are never mixed."""

import pytest

from factories import a_dialogue, some_samples
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.answers import Prediction, read_answers
from kokorochat.learning.answering import answer_samples
from kokorochat.tasks.sample import write_samples
from kokorochat.tasks.score import score_header, score_sample


class Counting:
    """A model that gives one value, counts what it is asked, and may be interrupted."""

    name, decoding, knows = "counting", "none", None

    def __init__(self, value=3, breaks_after=None):
        self.fingerprint, self.value, self.breaks_after, self.asked = f"v{value}", value, breaks_after, []

    def predict(self, samples):
        if self.breaks_after is not None and len(self.asked) >= self.breaks_after:
            raise KeyboardInterrupt
        self.asked += [sample.id for sample in samples]
        return [Prediction(dict.fromkeys(ITEM_KEYS, self.value)) for _ in samples]

    def predict_dialogue(self, dialogue: Dialogue):
        return dict.fromkeys(ITEM_KEYS, self.value)


@pytest.fixture
def samples(tmp_path):
    path = tmp_path / "samples.jsonl"
    write_samples(path, score_header("test", 0, 0), some_samples(80))
    return path


def test_every_sample_is_answered_in_order(samples, tmp_path):
    report = answer_samples(Counting(), samples, tmp_path / "answers.jsonl")
    file = read_answers(tmp_path / "answers.jsonl")
    assert [answer.sample for answer in file.answers] == [str(number) for number in range(80)]
    assert file.answers[0].target == some_samples(1)[0].target
    assert (report["answered"], report["reused"]) == (80, 0)
    assert report["seconds"] >= 0


def test_an_interrupted_run_shows_nothing_and_goes_on_where_it_stopped(samples, tmp_path):
    out = tmp_path / "answers.jsonl"
    with pytest.raises(KeyboardInterrupt):
        answer_samples(Counting(breaks_after=30), samples, out)
    assert not out.exists()
    with (tmp_path / "answers.jsonl.partial").open("ab") as file:
        file.write(b'{"sample":"70","items":{"felt')
    with pytest.raises(InputError, match="holds the answers of a run that was interrupted"):
        answer_samples(Counting(), samples, out)
    second = Counting()
    report = answer_samples(second, samples, out, resume=True)
    assert report["reused"] == 32
    assert second.asked == [str(number) for number in range(32, 80)]
    whole = tmp_path / "whole.jsonl"
    answer_samples(Counting(), samples, whole)
    assert out.read_bytes() == whole.read_bytes()
    assert not (tmp_path / "answers.jsonl.partial").exists()


def test_finished_answers_are_not_asked_again(samples, tmp_path):
    answer_samples(Counting(), samples, tmp_path / "answers.jsonl")
    again = Counting()
    report = answer_samples(again, samples, tmp_path / "answers.jsonl", resume=True)
    assert (report["answered"], report["reused"], again.asked) == (0, 80, [])


def test_without_resume_all_is_answered_anew(samples, tmp_path):
    answer_samples(Counting(1), samples, tmp_path / "answers.jsonl")
    report = answer_samples(Counting(2), samples, tmp_path / "answers.jsonl")
    assert {answer.items["felt_respected"] for answer in read_answers(tmp_path / "answers.jsonl").answers} == {2}
    assert report["notes"][-1].endswith("answers.jsonl: the answers of counting that stood there were replaced")


def test_what_is_no_file_of_answers_is_left_alone_before_anything_is_asked(samples):
    model, before = Counting(), samples.read_bytes()
    with pytest.raises(InputError, match="holds something else"):
        answer_samples(model, samples, samples)
    assert (model.asked, samples.read_bytes()) == ([], before)


def test_answers_of_another_model_or_to_other_samples_are_not_resumed(samples, tmp_path):
    answer_samples(Counting(1), samples, tmp_path / "answers.jsonl")
    with pytest.raises(InputError, match="another model"):
        answer_samples(Counting(2), samples, tmp_path / "answers.jsonl", resume=True)
    write_samples(samples, score_header("test", 1, 0), some_samples(80))
    with pytest.raises(InputError, match="other samples"):
        answer_samples(Counting(1), samples, tmp_path / "answers.jsonl", resume=True)


def test_a_sample_without_target_is_named(tmp_path):
    path = tmp_path / "samples.jsonl"
    write_samples(path, score_header(None, 0, 0), [score_sample(a_dialogue(items=None))])
    with pytest.raises(InputError, match="line 2"):
        answer_samples(Counting(), path, tmp_path / "answers.jsonl")


def test_answers_that_failed_are_counted_by_name(samples, tmp_path):
    class Failing(Counting):
        def predict(self, samples):
            given = super().predict(samples)
            return [Prediction(None, failure="too long: 9,000 tokens"), *given[1:]]

    out = tmp_path / "answers.jsonl"
    assert answer_samples(Failing(), samples, out)["failures"] == {"too long": 3}  # of three batches
    assert answer_samples(Failing(), samples, out, resume=True)["failures"] == {"too long": 3}
