"""Talk outside the role is tagged by how it is set off, and all that the score task leaves out is among it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import a_dialogue
from kokorochat.corpus.out_of_role import KINDS, closing_start, out_of_role, set_off
from kokorochat.domain.dialogue import is_out_of_role
from kokorochat.tasks.score import score_input

PLAY = ("眠れないのですね。", "はい、毎晩です。", "つらいですね。", "そうなんです。")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("（時間になりましたら始めましょう）", "bracketed"),
        ("(よろしくお願いします）", "bracketed"),
        ("（よろしくお願いします", "unclosed"),
        ("（", "unclosed"),
        ("★始めますね", "aside"),
        ("※少し席を外します", "aside"),
        ("＜ここまでにしましょう＞", "aside"),
        ("【ここまでにしましょう】", "aside"),
        ("［ここまで", "aside"),
    ],
)
def test_brackets_and_marks_name_the_kind(text, kind):
    assert set_off(text) == kind
    assert out_of_role(a_dialogue(PLAY[0], text, *PLAY * 3)) == {1: kind}


@pytest.mark.parametrize(
    "text", ["（笑）", "（笑）そうですね。", "「がんばったね」", "はい（たぶん）", "<3>以上です", "", "　"]
)
def test_what_is_played_has_no_kind(text):
    assert set_off(text) is None


def test_the_closing_exchange_is_tagged_from_its_first_message_on():
    dialogue = a_dialogue(*PLAY, "ロールプレイを終わります。", "（どうも）", "ありがとうございました。")
    assert out_of_role(dialogue) == {4: "closing", 5: "bracketed", 6: "closing"}


def test_a_dialogue_within_its_role_has_no_tag():
    assert out_of_role(a_dialogue(*PLAY)) == {}


talk = st.lists(st.text(alphabet="評価お願い疲れ様でし役（）()★ん。[]＜ ", max_size=8), min_size=1, max_size=30)


@given(talk)
def test_whatever_the_score_task_leaves_out_is_tagged(words):
    dialogue = a_dialogue(*words)
    tags = out_of_role(dialogue)
    assert list(tags) == sorted(tags)
    assert set(tags.values()) <= set(KINDS)
    untagged = [u.text for index, u in enumerate(dialogue.utterances) if index not in tags]
    read = [turn.text for turn in score_input(dialogue)]
    assert [text for text in read if set_off(text) is None] == untagged


@given(talk)
def test_a_bracketed_message_is_never_part_of_what_the_closing_rule_reads(words):
    dialogue = a_dialogue(*words)
    within = [u for u in dialogue.utterances if not is_out_of_role(u.text)]
    closing = [kind for kind in out_of_role(dialogue).values() if kind == "closing"]
    assert len(closing) <= len(within) - closing_start(within)


def test_a_sign_is_known_in_every_width():
    signs = ("★", "※", "(", "[", "【", "<", "〘", "〔")
    for code in range(0x110000):
        folded = unicodedata.normalize("NFKC", chr(code))
        if folded.startswith(signs) and not folded.endswith((")", "〕")):
            assert set_off(chr(code) + "では") in ("unclosed", "aside"), hex(code)
