"""Crisis words, and words that deny the play."""

import pytest

from kokorochat.domain.crisis import denies_play, names_crisis


@pytest.mark.parametrize("text", ["もう死にたいです", "消えたい", "I want to die", "self-harm"])
def test_crisis_words_are_found(text):
    assert names_crisis(text)


@pytest.mark.parametrize("text", ["眠れません", "消えたランプ", "死ぬほど忙しい"])
def test_other_words_are_not(text):
    assert not names_crisis(text)


def test_a_message_that_says_it_is_no_play_is_known():
    assert denies_play("演技じゃなくて、つらいです")
    assert denies_play("実は自分もそうでした")
    assert not denies_play("本当につらいです")
