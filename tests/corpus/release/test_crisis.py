"""Crisis words are looked at where they may be meant."""

import pytest

from factories import a_dialogue
from kokorochat.corpus.release.crisis import crisis_out_of_role


@pytest.mark.parametrize(
    "words",
    [
        "（本当に消えたいと思っています）",
        "(I have thought of suicide myself)",
        "演技じゃなくて、死にたいんです",
        "実は自分も自傷をしていました",
        "※自殺のことを考えています",
    ],
)
def test_what_is_said_outside_the_role_or_as_no_play_is_found(words):
    talk = a_dialogue("こんにちは。", "眠れません。", "そうですか。", words, *("はい。",) * 20)
    assert list(crisis_out_of_role(talk)) == [3]


@pytest.mark.parametrize(
    "words", ["もう死にたいです", "（少し休みます）", "実は自分も眠れません", "消えたいと言われました"]
)
def test_the_play_itself_and_other_talk_outside_it_are_not(words):
    assert list(crisis_out_of_role(a_dialogue("こんにちは。", words, *("はい。",) * 20))) == []
