"""The ordinal model: it learns what raises a rating, says so of any talk, and gives its reasons."""

import msgspec
import numpy as np
import pytest
from sklearn.linear_model import Ridge

from factories import a_dialogue, some_samples
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.learning.config import ScoreRun
from kokorochat.learning.ordinal.dynamics import course, talk_of
from kokorochat.learning.ordinal.fitting import People, fit_ordinal
from kokorochat.learning.ordinal.model import block_text
from kokorochat.learning.ordinal.thresholds import decide, expected
from kokorochat.tasks.score import score_input, score_sample

RUN = ScoreRun(task="score", model="ordinal")


@pytest.fixture(scope="module")
def model():
    return fit_ordinal(some_samples(12), RUN).model


def test_it_tells_a_warm_counselor_from_a_curt_one(model):
    curt, warm = model.predict(some_samples(2))
    assert set(curt.items.values()) == {1}
    assert set(warm.items.values()) == {4}


def test_a_dialogue_is_predicted_like_its_sample(model):
    dialogue = a_dialogue("（よろしく）", "それで？", "つらいです。", "ロールプレイありがとうございました。")
    assert model.predict_dialogue(dialogue) == model.predict([score_sample(dialogue)])[0].items


@pytest.mark.parametrize(
    "dialogue",
    [
        a_dialogue("（すべて役の外）"),
        a_dialogue("はい。"),
        a_dialogue("client: はい。", "client: ええ。", gap=None),
        a_dialogue("\ud800", "😀" * 50, "\x08"),
        a_dialogue("漢" * 50_000),
    ],
    ids=["nothing left", "one message", "one role without times", "odd characters", "very long"],
)
def test_any_dialogue_gets_twenty_scores(model, dialogue):
    assert tuple(model.predict_dialogue(dialogue)) == ITEM_KEYS


def test_nothing_to_predict_gives_nothing(model):
    assert model.predict([]) == []


def test_where_all_are_of_one_group_dialogues_are_left_out_one_by_one():
    one_by_one, together = (fit_ordinal(some_samples(12), RUN, People(groups)) for groups in (range(12), [0] * 12))
    assert together.tried == one_by_one.tried
    assert (together.model.thresholds.cuts == one_by_one.model.thresholds.cuts).all()


def test_a_single_dialogue_is_refused():
    with pytest.raises(InputError, match="1 dialogue: nothing is left to learn from"):
        fit_ordinal(some_samples(1), RUN)


def test_the_same_dialogues_give_the_same_model():
    one, other = (fit_ordinal(some_samples(12), RUN).model for _ in range(2))
    dialogues = [sample.dialogue for sample in some_samples(5)]
    assert np.array_equal(one.values(dialogues), other.values(dialogues))


def test_a_dialogue_without_rating_can_not_be_learnt_from():
    unrated = score_sample(a_dialogue(id="77", items=None))
    with pytest.raises(InputError, match="dialogue 77"):
        fit_ordinal([*some_samples(4), unrated], RUN)


def test_what_was_trained_with_all_talk_reads_all_talk():
    run = ScoreRun(task="score", model="ordinal", keep_out_of_role=True)
    model = fit_ordinal(some_samples(6), run).model
    dialogue = a_dialogue("それで？", "つらいです。", "ロールプレイありがとうございました。" * 20)
    values = model.values([score_input(dialogue, keep_out_of_role=True)])
    assert list(model.predict_dialogue(dialogue).values()) == decide(model.thresholds.probabilities(values))[0].tolist()


def test_a_talk_far_shorter_than_any_seen_is_judged_at_the_border_of_what_was_learnt():
    samples = [score_sample(dialogue) for dialogue in read_corpus(DEMO_CORPUS)]
    model = fit_ordinal(samples[2:], RUN).model
    values = model.values([samples[0].dialogue[:4]])
    assert values.min() > -1
    assert values.max() < 6


def test_one_weight_for_each_n_gram_says_what_the_kernel_says():
    samples = some_samples(12)
    run = msgspec.structs.replace(RUN, alphas=(1.0,))
    model = fit_ordinal(samples, run).model
    blocks = []
    for block, words in zip(run.texts, model.words, strict=True):
        vectors = words.vocabulary.vectors([block_text(s.dialogue, block.role, block.last) for s in samples]).toarray()
        blocks.append((vectors, block.weight))
    table = np.array([course(talk_of(sample.dialogue)) for sample in samples])
    blocks.append((model.course.standard(table), run.dynamics))
    spreads = [((block - block.mean(axis=0)) ** 2).sum() / 12 or 1 for block, _ in blocks]
    inputs = np.hstack([b * np.sqrt(weight / spread) for (b, weight), spread in zip(blocks, spreads, strict=True)])
    due = np.array([[4 if number % 2 else 1] * 20 for number in range(12)])
    said = model.values([sample.dialogue for sample in samples])
    assert said == pytest.approx(Ridge(alpha=1.0).fit(inputs, due).predict(inputs), abs=5e-3)


@pytest.mark.parametrize("role", Role)
def test_a_role_that_never_speaks_in_training_is_no_obstacle(role):
    said = [[f"{role.value}: はい。", f"{role.value}: {number}"] for number in range(8)]
    samples = [score_sample(a_dialogue(*words, id=str(number), gap=None)) for number, words in enumerate(said)]
    model = fit_ordinal(samples, RUN).model
    assert set(model.predict(samples)[0].items.values()) <= {3, 4}
    assert tuple(model.predict_dialogue(a_dialogue())) == ITEM_KEYS


def test_probabilities_stand_beside_every_item_and_sum_to_1(model):
    for prediction in model.predict(some_samples(3)):
        assert tuple(prediction.probabilities) == ITEM_KEYS
        assert all(sum(told) == pytest.approx(1, abs=1e-3) for told in prediction.probabilities.values())


TALK = a_dialogue(
    "（よろしく）",
    "なんだかつらいです",
    "それで？",
    "client: つらいです",
    "ゆっくり聴かせてくださいね",
    "client: とてもつらいです",
)


def test_an_utterance_is_worth_what_is_missing_without_it(model):
    told = model.explain(TALK)
    turns = score_input(TALK)
    for index, place in enumerate((1, 2, 3, 4, 5)):
        with_and_without = model.values([turns, turns[:index] + turns[index + 1 :]])
        whole, without = expected(model.thresholds.probabilities(with_and_without))
        assert list(told.expected.values()) == pytest.approx(whole)
        for item, key in enumerate(ITEM_KEYS):
            found = sum(reason.effect for reason in told.reasons[key] if reason.utterance == place)
            assert found == pytest.approx(whole[item] - without[item], abs=1e-3)


def test_the_warm_words_raise_and_the_curt_ones_lower_the_item(model):
    for reasons in model.explain(TALK).reasons.values():
        effects = {reason.utterance: reason.effect for reason in reasons}
        assert effects[4] > 0 > effects[2]


def test_reasons_stand_strongest_first_and_name_nothing_that_is_not_read(model):
    for reasons in model.explain(TALK).reasons.values():
        strengths = [abs(reason.effect) for reason in reasons]
        assert strengths == sorted(strengths, reverse=True)
        places = [reason.utterance for reason in reasons]
        assert len(set(places)) == len(places)
        assert set(places) <= {1, 2, 3, 4, 5}


@pytest.mark.parametrize("dialogue", [a_dialogue("（すべて役の外）"), a_dialogue("はい。")], ids=["nothing", "one"])
def test_the_shortest_talks_are_explained_too(model, dialogue):
    told = model.explain(dialogue)
    assert tuple(told.expected) == tuple(told.reasons) == ITEM_KEYS
    assert all(0 <= value <= 5 for value in told.expected.values())
    assert {r.utterance for reasons in told.reasons.values() for r in reasons} <= {0}


@pytest.fixture(scope="module")
def strict_and_mild():
    """A model of two raters who rate the same talks otherwise, each known to it."""
    samples = [
        score_sample(a_dialogue("それで？", f"はい。{n}", id=str(n), items=(1 if n % 2 else 4,) * 20))
        for n in range(12)
    ]
    raters = ["strict" if n % 2 else "mild" for n in range(12)]
    run = msgspec.structs.replace(RUN, knows_rater=True)
    return fit_ordinal(samples, run, People(range(12), raters, known=True)).model


def test_a_model_that_knows_the_raters_tells_them_apart(strict_and_mild):
    assert strict_and_mild.knows == "rater"
    strict, mild, new = (
        fit_value for fit_value in strict_and_mild.values([score_input(a_dialogue())] * 3, ["strict", "mild", "new"])
    )
    assert (strict < new).all()
    assert (new < mild).all()
    dialogue = a_dialogue(client="strict")
    told = strict_and_mild.with_raters({"1": "strict"}).predict([score_sample(dialogue)])[0]
    assert told.items == strict_and_mild.predict_dialogue(dialogue)


def test_who_rates_must_be_said_to_a_model_that_knows_raters(strict_and_mild):
    with pytest.raises(InputError, match="knows the rater"):
        strict_and_mild.predict(some_samples(1))
    with pytest.raises(InputError, match="dialogue 1 of the samples isn't in the same part of this corpus"):
        strict_and_mild.with_raters({"0": "strict"}).predict(some_samples(2))


def test_raters_told_apart_in_training_leave_no_id_in_the_model():
    fit = fit_ordinal(
        some_samples(12), RUN, People([n // 3 for n in range(12)], [f"rater {n // 3}" for n in range(12)])
    )
    assert fit.model.raters == {}
    assert fit.model.knows is None
