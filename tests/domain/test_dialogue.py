"""Utterances one by one and many at once, roles, and talk outside the role."""

from dataclasses import FrozenInstanceError
from datetime import datetime

import pytest

from kokorochat.domain.dialogue import Dialogue, Role, Utterance, is_out_of_role, utterances_of


def test_utterances_from_columns_are_those_made_one_by_one():
    columns = [[Role.CLIENT, Role.COUNSELOR], [datetime(2026, 4, 1), None], ["a", "b"]]
    made = utterances_of(*columns)
    assert made == [Utterance(*values) for values in zip(*columns, strict=True)]
    assert [repr(one) for one in made] == [repr(Utterance(*values)) for values in zip(*columns, strict=True)]
    assert {made[0]} == {Utterance(Role.CLIENT, datetime(2026, 4, 1), "a")}
    with pytest.raises(FrozenInstanceError):
        made[0].text = "c"


def test_columns_of_different_lengths_make_no_utterances():
    with pytest.raises(ValueError, match="columns of 1, 1 and 2"):
        utterances_of([Role.CLIENT], [None], ["a", "b"])


def test_each_role_has_the_other_as_partner():
    assert Role.COUNSELOR.partner is Role.CLIENT
    assert Role.CLIENT.partner is Role.COUNSELOR


@pytest.mark.parametrize(
    "text", ["（よろしくお願いします）", "(時間です)", "（入れ子（も）あります）", " （端に空白） "]
)
def test_a_message_wholly_in_round_brackets_is_out_of_role(text):
    assert is_out_of_role(text)


@pytest.mark.parametrize(
    "text",
    ["（笑）", "(泣)", "（開いたまま", "閉じただけ）", "（一）と（二）", "「かぎ括弧」", "", "()", "普通の発言（笑）"],
)
def test_laughter_open_brackets_and_plain_words_are_played(text):
    assert not is_out_of_role(text)


def test_the_minutes_run_from_the_first_message_to_the_last():
    first = Utterance(Role.CLIENT, datetime(2026, 4, 1, 20, 0, 0), "a")
    last = Utterance(Role.COUNSELOR, datetime(2026, 4, 1, 20, 45, 30), "b")
    assert Dialogue("1", (first, last)).minutes == 45.5


def test_a_dialogue_without_times_has_no_minutes():
    assert Dialogue("1", (Utterance(Role.CLIENT, None, "a"),)).minutes is None
