"""The figures of `evaluate response`: their laws, their intervals, and two systems beside each other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answers import an_answer, previous_turns, some_answers, texts
from kokorochat.domain.errors import InputError
from kokorochat.evaluation.resampling import Resampling
from kokorochat.evaluation.text_metrics import response_metrics

FEW = Resampling(100)
SAID = (
    ("そうなのですね。つらいですね", "そうなのですね。"),
    ("はい、聴いています", "はい。ゆっくり話してください"),
    ("", "眠れないのはつらいですね"),
    ("何がありましたか。", "何がありましたか。"),
    ("お仕事のことですか", "お仕事のことでしょうか"),
    ("大丈夫ですよ", "どんな気持ちになりますか"),
)

answers = st.lists(st.tuples(texts, texts), min_size=1, max_size=6).map(lambda pairs: some_answers(*pairs))


def figures(metrics):
    """Every figure of the paper-like profile in one list."""
    return [*metrics["bleu"], *metrics["sentence_bleu"], *metrics["rouge"].values(), *metrics["distinct"].values()]


def whole(metrics):
    """The figures of averages, without Distinct."""
    return figures(metrics)[:-2]


@settings(deadline=None)
@given(answers, st.randoms())
def test_the_order_of_answers_does_not_matter(answers, random):
    shuffled = response_metrics(random.sample(answers, len(answers)), resampling=FEW)
    assert figures(shuffled) == pytest.approx(figures(response_metrics(answers, resampling=FEW)))


@settings(deadline=None)
@given(answers)
def test_every_answer_twice_gives_the_same_averages_and_half_of_distinct(answers):
    twice = [an_answer(f"again:{n}", answer.text, answer.target) for n, answer in enumerate(answers)]
    once, doubled = response_metrics(answers, resampling=FEW), response_metrics(answers + twice, resampling=FEW)
    assert whole(doubled) == pytest.approx(whole(once))
    for name, value in once["distinct"].items():
        assert value is doubled["distinct"][name] is None or doubled["distinct"][name] == pytest.approx(value / 2)


@settings(deadline=None)
@given(answers)
def test_figures_keep_their_bounds(answers):
    assert all(
        value is None or 0 <= value <= 100 + 1e-9 for value in figures(response_metrics(answers, resampling=FEW))
    )


def test_identical_japanese_texts_give_100():
    same = [(target, target) for _, target in SAID]
    metrics = response_metrics(some_answers(*same), resampling=FEW)
    assert whole(metrics) == pytest.approx([100.0] * 11)
    assert metrics["profiles"]["sacrebleu"]["bleu"] == pytest.approx([100.0] * 4)
    assert metrics["interval"]["bleu"][3] == pytest.approx([100, 100])


def test_an_empty_answer_is_counted_and_matches_nothing():
    metrics, without = (response_metrics(some_answers(*some), resampling=FEW) for some in (SAID, SAID[:2] + SAID[3:]))
    assert (metrics["n"], metrics["empty"], without["empty"]) == (6, 1, 0)
    assert metrics["rouge"]["L"] == pytest.approx(without["rouge"]["L"] * 5 / 6)
    assert metrics["bleu"][0] < without["bleu"][0]


def test_both_profiles_count_the_same_words():
    profiles = response_metrics(some_answers(*SAID), resampling=FEW)["profiles"]
    assert profiles["paper-like"]["bleu"] == pytest.approx(profiles["sacrebleu"]["bleu"])
    assert profiles["paper-like"]["words"]["answers"] > 20


def test_a_tokenizer_makes_a_profile_of_its_own():
    metrics = response_metrics(some_answers(*SAID), tokenizers=["characters", "whitespace"], resampling=FEW)
    profiles = metrics["profiles"]
    assert list(profiles) == ["paper-like", "characters", "whitespace", "sacrebleu"]
    assert metrics["bleu"] == profiles["paper-like"]["bleu"]
    assert (
        profiles["characters"]["rouge"]["1"]
        > profiles["paper-like"]["rouge"]["1"]
        > profiles["whitespace"]["rouge"]["1"]
    )


def test_every_figure_lies_in_its_interval_and_a_seed_gives_the_same_again():
    answers = some_answers(*SAID * 5)
    metrics = response_metrics(answers)
    for value, (low, high) in zip(figures(metrics), figures(metrics["interval"]), strict=True):
        assert low <= value <= high
    assert response_metrics(answers) == metrics
    assert response_metrics(answers, resampling=Resampling(seed=1))["interval"] != metrics["interval"]


def test_answers_of_one_word_have_a_distinct_1_and_no_distinct_2():
    words = some_answers(*((word, "そうですか") for word in ("はい", "はい", "はい", "はい", "ええ", "はい")))
    metrics = response_metrics(words, against=some_answers(*(("はい。", "そうですか"),) * 6))
    assert metrics["distinct"] == {"1": pytest.approx(100 / 3), "2": None}
    low, high = metrics["interval"]["distinct"]["1"]
    assert low < 100 / 3 < high
    assert metrics["against"]["difference"]["distinct"]["1"] == pytest.approx(100 / 3 - 100 / 6)
    told = metrics["against"]
    assert (
        metrics["interval"]["distinct"]["2"] is told["interval"]["distinct"]["2"] is told["p"]["distinct"]["2"] is None
    )


def test_one_dialogue_has_no_interval():
    metrics = response_metrics(some_answers(*SAID, turns=6), against=some_answers(*SAID, turns=6))
    assert set(figures(metrics["interval"])) == {None}
    assert metrics["against"] is None
    assert metrics["profiles"]["sacrebleu"]["interval"]["bleu"] == [None] * 4


def test_signatures_tell_what_a_figure_depends_on():
    metrics = response_metrics(some_answers(*SAID), {"joiner": "newline", "split": "s", "seed": 4}, resampling=FEW)
    told = metrics["profiles"]["paper-like"]["signature"]
    for part in (
        "n=6",
        "dialogues=3",
        "tokenizer=mecab-python3 1.0.12 ipadic 1.0.0",
        "normalisation=none",
        "joiner=newline",
    ):
        assert all(f"|{part}" in text for text in (*told.values(), metrics["signature"])), part
    assert told["sentence_bleu"].startswith("response:bleu-1,2,3,4(sentence,smooth=nltk method1,mean over answers)|")
    assert "interval=bootstrap of dialogues,100,seed 0" in told["rouge"]
    assert "interval=jackknife over dialogues" in told["distinct"]
    sacrebleu = metrics["profiles"]["sacrebleu"]["signature"]
    assert "|nrefs:1|case:mixed|eff:no|tok:ja-mecab-0.996-IPA|smooth:exp|version:2.6.0|" in sacrebleu


def test_a_system_against_itself_differs_by_nothing():
    answers = some_answers(*SAID * 3)
    found = response_metrics(answers, against=answers[::-1], resampling=FEW)["against"]
    assert set(figures(found["difference"])) == {0}
    assert set(figures(found["p"])) == {1}


def test_a_better_system_is_significantly_better_over_the_same_dialogues():
    good = some_answers(*((target, target) for _, target in SAID * 5))
    found = response_metrics(good, against=some_answers(*SAID * 5))["against"]
    for name in ("1", "L"):
        assert found["rouge"][name] + found["difference"]["rouge"][name] == pytest.approx(100)
        assert found["interval"]["rouge"][name][0] > 0
        assert found["p"]["rouge"][name] < 0.01


@pytest.mark.parametrize(
    ("others", "problem"),
    [
        (some_answers(*SAID[:5]), "sample 2:5 isn't answered there"),
        (some_answers(*SAID, SAID[0]), "there 7 samples and here 6 are answered"),
        (some_answers(*SAID[:5], ("あ", "い")), "sample 2:5 has another target"),
    ],
)
def test_systems_that_answer_different_samples_are_not_compared(others, problem):
    with pytest.raises(InputError, match=problem):
        response_metrics(some_answers(*SAID), against=others)


def test_nothing_can_not_be_measured():
    with pytest.raises(InputError, match="none to measure"):
        response_metrics([])


@pytest.mark.slow
def test_the_previous_turn_on_the_release_has_the_known_figures(corpus_path):
    metrics = response_metrics(previous_turns(corpus_path), tokenizers=["characters"])
    profile = metrics["profiles"]["paper-like"]
    assert (metrics["n"], metrics["dialogues"], metrics["empty"]) == (4_631, 118, 7)
    assert metrics["bleu"] == pytest.approx([28.3, 16.1, 10.3, 6.9], abs=0.05)
    assert metrics["sentence_bleu"] == pytest.approx([19.4, 10.5, 6.4, 4.3], abs=0.05)
    assert [*metrics["rouge"].values()] == pytest.approx([25.7, 8.35, 19.7], abs=0.05)
    assert profile["distinct_of_targets"] == pytest.approx({"1": 3.47, "2": 20.66}, abs=0.005)
    assert metrics["profiles"]["sacrebleu"]["bleu"] == pytest.approx(metrics["bleu"], abs=1e-6)
    assert metrics["profiles"]["characters"]["bleu"] == pytest.approx([39.48, 24.25, 16.75, 12.28], abs=0.05)
    low, high = metrics["interval"]["rouge"]["L"]
    assert (high - low) / 3.92 == pytest.approx(0.40, abs=0.04)
