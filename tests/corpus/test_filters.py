"""The paper's filters (§4), at their exact borders."""

import pytest

from factories import a_dialogue
from kokorochat.corpus.filters import PAPER, Filters


@pytest.mark.parametrize(("count", "kept"), [(29, False), (30, True)])
def test_fewer_than_30_utterances_are_too_few(count, kept):
    assert ("few-utterances" not in PAPER.reasons(a_dialogue(*("はい",) * count, gap=90))) is kept


@pytest.mark.parametrize(("gap", "kept"), [(59, False), (60, True)])
def test_less_than_30_minutes_is_too_short(gap, kept):
    assert ("short" not in PAPER.reasons(a_dialogue(*("はい",) * 31, gap=gap))) is kept


def test_a_second_less_than_30_minutes_is_not_printed_as_30():
    reasons = PAPER.reasons(a_dialogue("はい", "いいえ", gap=30 * 60 - 1))
    assert reasons["short"] == "29.9 minutes, fewer than 30"


@pytest.mark.parametrize(
    ("items", "reasons"),
    [([3] * 20, ["all-threes"]), ([3] * 19 + [4], []), ([4] * 20, []), (None, [])],
    ids=["threes", "nearly", "fours", "none"],
)
def test_only_all_threes_are_thoughtless(items, reasons):
    assert list(PAPER.reasons(a_dialogue(*("はい",) * 40, items=items, gap=60))) == reasons


def test_other_thresholds_can_be_set():
    dialogue = a_dialogue(items=[5] * 20)
    assert list(PAPER.reasons(dialogue)) == ["few-utterances", "short"]
    assert list(Filters(1, 0, frozenset(range(6))).reasons(dialogue)) == ["straight-lined"]


def test_a_dialogue_without_times_is_not_judged_by_minutes():
    assert "short" not in PAPER.reasons(a_dialogue(gap=None))
