"""Score prediction over several seeds: means as in the paper's Table 6, and intervals by dialogue or by client."""

import json
import random
from statistics import fmean, stdev

import msgspec
import pytest

from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.answers import Answer, AnswerFile, AnswerHeader, told_decodings
from kokorochat.evaluation.resampling import Resampling
from kokorochat.evaluation.score_metrics import score_metrics
from kokorochat.evaluation.score_runs import score_interval, score_runs
from kokorochat.tasks.score import score_header

DRAWS = Resampling(400)
CLIENTS = Resampling(400, by="client")


def sure(value, share):
    """Probabilities of all items: so much for one value, the rest for the next."""
    six = [0.0] * 6
    six[value], six[(value + 1) % 6] = share, 1 - share
    return dict.fromkeys(ITEM_KEYS, six)


def a_run(due, said, seed=1, decoding="round", asked=None, model="a test", made_of=None, share=None, **more):
    """Answers to dialogues 0, 1, …: each gives (or is answered) one value for all twenty items, or nothing.

    Args:
        share: how sure it is of its values; it gives no probabilities without it.
    """
    answers = [
        Answer(
            sample=str(n),
            items=None if value is None else dict.fromkeys(ITEM_KEYS, value),
            target=json.dumps(dict.fromkeys(ITEM_KEYS, true)),
            model=model,
            decoding=decoding,
            probabilities=None if share is None or value is None else sure(value, share),
            failure="no JSON: none" if value is None else None,
        )
        for n, (true, value) in enumerate(zip(due, said, strict=True))
    ]
    samples = score_header("test", seed, 0, **(made_of or {}))
    return AnswerFile(AnswerHeader("0", model, "", decoding, asked or len(answers), "", samples, "", **more), answers)


def of_chance(count=200, right=0.4, seed=0):
    chance = random.Random(seed)
    due = [chance.randrange(6) for _ in range(count)]
    return due, [value if chance.random() < right else (value + 2) % 6 for value in due]


def test_one_run_has_the_figures_that_it_has_alone_and_an_interval_around_them():
    file = a_run(*of_chance())
    measured = score_runs([file], DRAWS)
    assert "asked" not in measured
    interval = measured.pop("interval")
    assert measured == score_metrics(file.pairs(), None, file.header.conditions(), file.probabilities())
    assert (interval["by"], interval["clusters"], interval["level"]) == ("dialogue", 200, 0.95)
    for name in ("acc", "acc_soft", "mae"):
        low, high = interval[name]
        assert low < measured[name]["mean"] < high
        assert interval["items"][ITEM_KEYS[0]][name] == pytest.approx(interval[name])
    # All items are alike here, so the width is that of one share of 200.
    low, high = interval["acc"]
    share = measured["acc"]["mean"] / 100
    assert high - low == pytest.approx(100 * 2 * 1.96 * (share * (1 - share) / 200) ** 0.5, rel=0.15)


def test_a_row_of_several_seeds_is_their_mean_and_says_how_far_they_lie_apart():
    runs = [a_run(*of_chance(right=share), seed=seed) for seed, share in enumerate((0.3, 0.4, 0.5), start=1)]
    alone = [score_runs([run], DRAWS) for run in runs]
    together = score_runs(runs, DRAWS)
    for name in ("acc", "acc_soft", "mae"):
        values = [one[name]["mean"] for one in alone]
        assert together[name]["mean"] == pytest.approx(fmean(values))
        assert together[name]["sd_runs"] == pytest.approx(stdev(values))
        assert together[name]["sd_items"] == pytest.approx(fmean(one[name]["sd_items"] for one in alone))
    assert together["items"][ITEM_KEYS[3]]["acc"] == pytest.approx(
        fmean(o["items"][ITEM_KEYS[3]]["acc"] for o in alone)
    )
    assert [run["signature"] for run in together["runs"]] == [one["signature"] for one in alone]


def test_calibration_and_what_each_metric_would_have_are_means_over_the_seeds_too():
    runs = [a_run(*of_chance(right=share), seed=seed, share=0.8) for seed, share in enumerate((0.3, 0.5), start=1)]
    alone = [score_runs([run], DRAWS) for run in runs]
    together = score_runs(runs, DRAWS)
    for name, figures in (("calibration", ("ece", "rps")), ("best", ("acc", "acc_soft", "mae"))):
        for figure in figures:
            values = [one[name][figure]["mean"] for one in alone]
            assert together[name][figure]["mean"] == pytest.approx(fmean(values))
            assert together[name][figure]["sd_runs"] == pytest.approx(stdev(values))
    without = a_run(*of_chance(right=0.4), seed=3)
    assert [score_runs([*runs, without], DRAWS)[name] for name in ("calibration", "best")] == [None, None]


def test_what_is_lost_is_told_of_all_seeds_together():
    runs = [a_run([3] * 4, [3, None, None, 4], asked=5), a_run([3] * 4, [3, 3, None, 4], seed=2)]
    together = score_runs(runs, DRAWS)
    assert (together["asked"], together["unparsable"], together["missing"], together["mae"]["n"]) == (9, 3, 1, 100)
    assert together["failures"] == {"no JSON": 3}


def test_the_same_answers_under_five_seeds_are_as_sure_as_under_one():
    due, said = of_chance()
    runs = [a_run(due, said, seed) for seed in range(1, 6)]
    assert score_interval(runs, DRAWS)["acc"] == pytest.approx(score_interval(runs[:1], DRAWS)["acc"])


def test_alike_dialogues_of_one_client_widen_the_interval():
    chance = random.Random(3)
    right = [chance.random() < 0.5 for _ in range(20)]
    due = [3] * 200
    said = [3 if right[n % 20] else 5 for n in range(200)]
    client_of = {str(n): str(n % 20) for n in range(200)}
    clients, dialogues = (
        score_interval([a_run(due, said)], CLIENTS, client_of),
        score_interval([a_run(due, said)], DRAWS),
    )
    assert (clients["by"], clients["clusters"]) == ("client", 20)
    width, narrow = (one["acc"][1] - one["acc"][0] for one in (clients, dialogues))
    assert width > 2 * narrow


def test_what_is_missing_or_unusable_is_wrong_and_has_no_distance():
    file = a_run([3] * 40, [3, None] * 20, asked=60)
    interval = score_interval([file], DRAWS)
    low, high = interval["acc"]
    assert low < 100 / 3 < high
    assert interval["mae"] == [0, 0]
    assert interval["clusters"] == 60
    assert score_interval([a_run([3] * 4, [None] * 4)], DRAWS)["mae"] is None


def test_one_dialogue_or_one_client_alone_has_no_interval():
    assert score_runs([a_run([3], [3])], DRAWS)["interval"] is None
    assert score_interval([a_run([3, 2], [3, 3])], CLIENTS, {"0": "a", "1": "a"}) is None


def test_runs_of_another_protocol_and_dialogues_of_another_corpus_are_refused():
    with pytest.raises(InputError, match="more than seeds: decoding 'round' and 'mode'"):
        score_runs([a_run([3], [3]), a_run([3], [3], decoding="mode")], DRAWS)
    with pytest.raises(InputError, match="dialogue 1 of the answers isn't in it"):
        score_interval([a_run([3, 3], [3, 3])], CLIENTS, {"0": "a"})


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ({"model": "openai:gpt-a"}, {"model": "openai:gpt-b"}, "model 'openai:gpt-a' and 'openai:gpt-b'"),
        ({"model": "baseline:always-3"}, {"model": "baseline:item-median"}, "model 'baseline:always-3' and"),
        ({"model": "ordinal:out/1"}, {"model": "finetuned:out/2"}, "model 'ordinal' and 'finetuned'"),
        ({"settings": "0a"}, {"settings": "0b"}, "settings of the training '0a' and '0b'"),
        ({"made_of": {"corpus": "0a"}}, {"made_of": {"corpus": "0b"}}, "corpus '0a' and '0b'"),
        ({}, {"made_of": {"language": "en"}}, "language 'ja' and 'en'"),
    ],
)
def test_runs_of_two_systems_or_on_two_corpora_are_no_row(one, other, told):
    with pytest.raises(InputError, match=told):
        score_runs([a_run(*of_chance(), **one), a_run(*of_chance(), seed=2, **other)], DRAWS)


def test_runs_of_one_system_lie_in_a_folder_each_and_may_be_of_an_older_version():
    one = {"model": "ordinal:out/1", "settings": "0a", "made_of": {"corpus": "0a"}}
    assert score_runs([a_run(*of_chance(), **one), a_run(*of_chance(), seed=2, model="ordinal:out/2")], DRAWS)["runs"]


def test_answers_that_were_sent_in_two_ways_are_one_system_however_many_each_way_has():
    told = [told_decodings({"greedy": count, "the endpoint's own": 1_500}) for count in (1_200, 1_600)]
    assert told[0] == "the endpoint's own (of 1,500) or greedy (of 1,200)"
    runs = [a_run(*of_chance(), seed=seed, decoding=decoding) for seed, decoding in enumerate(told)]
    assert score_runs(runs, DRAWS)["runs"]
    with pytest.raises(InputError, match="decoding \"greedy or the endpoint's own\" and 'greedy'"):
        score_runs([runs[0], a_run(*of_chance(), seed=2, decoding="greedy")], DRAWS)


def test_a_run_that_is_given_twice_is_refused():
    with pytest.raises(InputError, match="the same answers to the same samples"):
        score_runs([a_run(*of_chance()), a_run(*of_chance())], DRAWS)


def test_even_if_its_model_was_called_by_another_path():
    again = a_run(*of_chance())
    named = [msgspec.structs.replace(answer, model="ordinal:elsewhere") for answer in again.answers]
    with pytest.raises(InputError, match="the same answers to the same samples"):
        score_runs([a_run(*of_chance()), msgspec.structs.replace(again, answers=named)], DRAWS)


def test_a_run_that_was_told_the_rater_is_no_run_of_one_that_was_not():
    with pytest.raises(InputError, match="'nothing' and 'rater'"):
        score_runs([a_run(*of_chance()), a_run(*of_chance(), seed=2, knows="rater")], DRAWS)
