"""Agreement: kappa is scikit-learn's, and nothing undefined is a number or a crash."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, cohen_kappa_score, confusion_matrix, precision_score, recall_score

from kokorochat.evaluation.agreement import Pair, agreement

CLASSES = ["a", "b", "c"]
some_pairs = st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), max_size=60)


def measured(pairs, **settings):
    return agreement([Pair(*pair) for pair in pairs], CLASSES, **settings)


@given(some_pairs.filter(lambda pairs: len({label for pair in pairs for label in pair}) > 1))
def test_kappa_and_the_shares_of_each_class_are_those_of_scikit_learn(pairs):
    reference, labels = zip(*pairs, strict=True)
    ours = measured(pairs)
    assert ours["kappa"] == pytest.approx(cohen_kappa_score(reference, labels), abs=1e-9)
    assert ours["accuracy"] == pytest.approx(accuracy_score(reference, labels), abs=1e-9)
    assert ours["confusion"] == confusion_matrix(reference, labels, labels=CLASSES).tolist()
    for name, score in (("precision", precision_score), ("recall", recall_score)):
        theirs = score(reference, labels, labels=CLASSES, average=None, zero_division=math.nan)
        for row, value in zip(ours["classes"], theirs, strict=True):
            assert (math.nan if row[name] is None else row[name]) == pytest.approx(value, abs=1e-9, nan_ok=True)


@given(some_pairs)
def test_kappa_is_symmetric_and_never_above_accuracy(pairs):
    ours, turned = measured(pairs), measured([(label, reference) for reference, label in pairs])
    assert ours["kappa"] == turned["kappa"]
    if ours["kappa"] is not None:
        assert ours["kappa"] <= ours["accuracy"] + 1e-12


def test_nothing_to_compare_gives_no_figures():
    ours = measured([])
    assert (ours["n"], ours["accuracy"], ours["kappa"], ours["interval"]) == (0, None, None, None)
    assert ours["majority"] == {"class": None, "accuracy": None}
    assert all(row["precision"] is row["recall"] is None for row in ours["classes"])


def test_one_class_alone_has_no_kappa():
    ours = measured([("a", "a")] * 5)
    assert (ours["accuracy"], ours["kappa"]) == (1.0, None)
    assert ours["interval"]["kappa"] is None
    assert ours["interval"]["accuracy"] == [1.0, 1.0]


def test_always_the_same_answer_has_a_kappa_of_nothing():
    ours = measured([("a", "a"), ("b", "a"), ("a", "a")])
    assert ours["kappa"] == 0
    assert ours["accuracy"] == ours["majority"]["accuracy"] == pytest.approx(2 / 3)


def test_the_baseline_may_be_the_majority_of_another_part():
    ours = measured([("a", "a"), ("b", "a"), ("a", "a")], majority="b")
    assert ours["majority"] == {"class": "b", "accuracy": pytest.approx(1 / 3)}


def test_the_interval_holds_the_figure_and_says_what_was_drawn():
    chance = random.Random(0)
    pairs = [Pair(name, name if chance.random() < 0.7 else "a") for name in CLASSES * 60]
    ours = agreement(pairs, CLASSES)
    low, high = ours["interval"]["kappa"]
    assert low < ours["kappa"] < high
    assert high - low == pytest.approx(0.2, abs=0.08)
    assert (ours["interval"]["by"], ours["interval"]["groups"]) == ("dialogue", 180)
    assert agreement(pairs, CLASSES) == ours


def test_alike_dialogues_of_one_client_widen_the_interval():
    chance = random.Random(1)
    pairs = [
        Pair(CLASSES[client % 3], CLASSES[client % 3] if good else "a", str(client))
        for client in range(30)
        for good in [chance.random() < 0.7]
        for _ in range(10)
    ]
    clustered = agreement(pairs, CLASSES)["interval"]
    single = agreement([Pair(pair.reference, pair.label) for pair in pairs], CLASSES)["interval"]
    assert (clustered["by"], clustered["groups"]) == ("client", 30)
    width, narrow = (one["kappa"][1] - one["kappa"][0] for one in (clustered, single))
    assert width > 2 * narrow


def test_one_client_alone_has_no_interval():
    assert agreement([Pair("a", "a", "x"), Pair("b", "a", "x")], CLASSES)["interval"] is None


def test_a_dialogue_without_a_client_is_a_group_of_its_own():
    pairs = [Pair("a", "a"), Pair("b", "b", "0"), Pair("b", "a", "1")]
    assert agreement(pairs, CLASSES)["interval"]["groups"] == 3
