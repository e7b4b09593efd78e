"""Baselines: they learn from the training part of the samples' own split, and say what they know."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import a_dialogue, well_rated_demo
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.learning.baselines import BASELINES, load_baseline
from kokorochat.learning.baselines.background import Background
from kokorochat.learning.baselines.responses import PreviousTurn, fit_most_frequent
from kokorochat.learning.baselines.scores import (
    COUNSELOR,
    RATER,
    fit_item_median,
    fit_person_mean,
    shrunken_means,
)
from kokorochat.learning.models import load_model
from kokorochat.tasks.response import response_header, response_samples
from kokorochat.tasks.score import score_header, score_sample


def rated(*values, client="1", counselor="2", start=0):
    """Dialogues in which every item has one value."""
    return [
        replace(a_dialogue(id=str(start + n), items=(value,) * 20), client=client, counselor=counselor)
        for n, value in enumerate(values)
    ]


def background(train, asked=()):
    return Background(train, {dialogue.id: dialogue for dialogue in asked})


def test_the_previous_turn_is_said_again_and_nothing_where_there_is_none():
    samples = list(
        response_samples(a_dialogue("client: はい", "counselor: どうぞ", "client: ええ", "counselor: そうですか"))
    )
    assert PreviousTurn().respond(samples) == ["", "どうぞ"]


def test_the_most_frequent_turn_is_counted_in_training_as_the_samples_merge_it():
    train = [
        a_dialogue("client: あ", "counselor: はい", "counselor: ええ", "client: い", "counselor: どうぞ", id="1")
    ] * 2
    train += [a_dialogue("client: あ", "counselor: はい", "counselor: ええ", id="2")]
    asked = a_dialogue("client: う", "counselor: お", id="3")
    for joiner, text in (("newline", "はい\nええ"), ("nothing", "はいええ")):
        model = fit_most_frequent(background(train, [asked]), response_header("test", 0, joiner=joiner))
        assert model.respond(list(response_samples(asked))) == [text]
    with pytest.raises(InputError, match="dialogue 1 of the samples isn't in the same part"):
        model.respond(list(response_samples(train[0])))


def test_the_median_of_an_item_is_a_value_that_was_given():
    model = fit_item_median(background(rated(0, 1, 4, 5), rated(5, start=9)))
    (prediction,) = model.predict([score_sample(dialogue) for dialogue in rated(5, start=9)])
    assert prediction.items == dict.fromkeys(ITEM_KEYS, 1)
    assert model.knows is None


def test_a_known_rater_is_predicted_by_their_habit_and_a_stranger_by_all():
    strict, kind = rated(1, 1, 2, 1, 1, client="s"), rated(5, 4, 5, 5, 5, client="k", start=5)
    asked = [*rated(3, client="s", start=10), *rated(3, client="k", start=11), *rated(3, client="new", start=12)]
    model = fit_person_mean(background(strict + kind, asked), RATER)
    said = [prediction.items["felt_respected"] for prediction in model.predict([score_sample(one) for one in asked])]
    assert said == [1, 5, 3]
    assert (model.knows, fit_person_mean(background(strict + kind), COUNSELOR).knows) == ("rater", "counselor")


@given(st.dictionaries(st.text("abc", max_size=2), st.lists(st.integers(0, 5), min_size=1, max_size=5), min_size=1))
def test_a_mean_is_drawn_towards_that_of_all_and_never_past_it(values):
    everything = [value for some in values.values() for value in some]
    mean = sum(everything) / len(everything)
    for person, shrunken in shrunken_means(values, mean).items():
        own = sum(values[person]) / len(values[person])
        assert min(own, mean) - 1e-9 <= shrunken <= max(own, mean) + 1e-9


def test_the_more_is_known_of_a_person_the_less_their_mean_is_drawn():
    values = {"much": [5, 4, 5, 4] * 5, "little": [5, 4], "other": [1, 0] * 5}
    found = shrunken_means(values, 2.5)
    assert 2.5 < found["little"] < found["much"] < 4.5


def test_people_who_differ_by_chance_alone_all_get_the_mean_of_all():
    assert shrunken_means({"a": [0, 5], "b": [5, 0]}, 2.5) == {"a": 2.5, "b": 2.5}
    assert shrunken_means({"a": [0], "b": [5]}, 2.5) == {"a": 2.5, "b": 2.5}


@pytest.mark.parametrize("name", [name for name in BASELINES["score"] if name != "baseline:always-3"])
def test_a_fitted_baseline_divides_the_corpus_as_the_samples_are(name):
    dialogues = {dialogue.id: dialogue for dialogue in read_corpus(DEMO_CORPUS)}
    header = score_header("test", 3, 4)
    model = load_baseline(name, header, str(DEMO_CORPUS))
    assert not set(model.background.asked) & {dialogue.id for dialogue in model.background.train}
    assert len(model.background.train) == 14
    assert set(model.predict_dialogue(dialogues["1"])) == set(ITEM_KEYS)


@pytest.mark.parametrize(
    ("header", "corpus", "problem"),
    [
        (score_header("test", 0, 0), None, "--corpus"),
        (score_header(None, 0, 0), str(DEMO_CORPUS), "no split"),
        (score_header("test", 0, 0, split="7:2:1"), str(DEMO_CORPUS), "divided by"),
        (score_header("testing", 0, 0), str(DEMO_CORPUS), "divided by"),
        (score_header("test", 0, 0, group="client"), str(DEMO_CORPUS), "divided by"),
        (score_header("train", 0, 0), str(DEMO_CORPUS), "learns from 'train', and so from .* part validation or test$"),
        (
            score_header("test", 0, 0, corpus="0a1b2c3d4e5f"),
            str(DEMO_CORPUS),
            "another corpus .* samples .0a1b2c3d4e5f",
        ),
    ],
)
def test_samples_of_another_corpus_split_or_of_none_have_no_training_part(header, corpus, problem):
    with pytest.raises(InputError, match=problem):
        load_baseline("baseline:item-median", header, corpus)


def test_a_fitted_baseline_names_the_parts_of_responses_that_it_can_answer(tmp_path):
    corpus = well_rated_demo(tmp_path / "corpus")
    header = response_header("full-train", 0, split="score 99/70, 9:1 random")
    with pytest.raises(InputError, match=r"learns from 'full-train'.* part full-validation or test$"):
        load_baseline("baseline:most-frequent", header, str(corpus))


@pytest.mark.parametrize(
    ("spec", "header"),
    [
        ("baseline:item-median", response_header("test", 0)),
        ("baseline:previous-turn", score_header("test", 0, 0)),
        ("baseline:", score_header("test", 0, 0)),
        ("ordinal:out", response_header("test", 0)),
    ],
)
def test_a_model_of_another_task_is_refused_with_those_that_fit(spec, header):
    with pytest.raises(InputError, match=rf"no {header.task} model.*Name one of: .*baseline"):
        load_model(spec, header)
