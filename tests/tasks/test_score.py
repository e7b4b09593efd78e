"""The score task: what a model may read of a dialogue, what it is asked, and what is due."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import a_dialogue
from kokorochat.corpus.out_of_role import CLOSING_WINDOW
from kokorochat.domain.dialogue import is_out_of_role
from kokorochat.domain.feedback import ITEM_KEYS, ITEMS
from kokorochat.tasks.lines import encode_line
from kokorochat.tasks.reply import ReplyFault
from kokorochat.tasks.score import (
    INSTRUCTIONS,
    parse_scores,
    parse_target,
    score_header,
    score_input,
    score_sample,
)

PLAY = ("眠れないのですね。", "はい、毎晩です。", "つらいですね。", "そうなんです。")


def texts(dialogue, **options):
    return [turn.text for turn in score_input(dialogue, **options)]


def test_bracketed_talk_outside_the_role_is_left_out_wherever_it_stands():
    dialogue = a_dialogue("（よろしくお願いします）", PLAY[0], "(聴いていますね)", *PLAY[1:], "（笑）")
    assert texts(dialogue) == [*PLAY, "（笑）"]


@pytest.mark.parametrize(
    "opening",
    [
        "ロールプレイを終了いたします。",
        "ロープレありがとうございました。",
        "client: カウンセラー役お疲れ様でした",
        "相談者役、有難うございました。",
        "おつかれさまでした！",
        "後ほど評価をよろしくお願いいたします。",
        "client: フィードバック了解しました。",
        "反省点など振り返りで教えていただけたらと思います。",
        "counselor: 拙いカウンセリングで申し訳ありませんでした。",
        "★すみません、こちらで終了しますね。",
        "【はい、ありがとうございました。また頑張りましょう】",
        "（ありがとうございました。大変難しかったです",
        "ＣＬ役、ありがとうございました。",
    ],
)
def test_the_closing_exchange_is_left_out_from_its_first_message_on(opening):
    dialogue = a_dialogue(*PLAY, opening, "こちらこそ、うまく聴けずにすみません。")
    assert texts(dialogue) == list(PLAY)


@pytest.mark.parametrize(
    "played",
    [
        "client: 会社での評価が気になります。",
        "client: 私が未熟だからかもしれません。",
        "「今日もがんばったね」と言ってあげてください。",
        "これまでのことを振り返り、少し休みましょう。",
        "（笑）そうですね。",
        "それでは、本日は終了させていただきます。",
    ],
)
def test_words_within_the_play_stay(played):
    assert texts(a_dialogue(*PLAY, played, "はい。"))[-2:] == [played.removeprefix("client: "), "はい。"]


def test_the_rating_named_long_before_the_end_cuts_nothing():
    words = ("評価をよろしくお願いします。", *("はい。",) * CLOSING_WINDOW)
    assert texts(a_dialogue(*words)) == list(words)


def test_all_of_it_can_be_kept():
    words = ("（よろしく）", *PLAY, "ロールプレイありがとうございました。")
    assert texts(a_dialogue(*words), keep_out_of_role=True) == list(words)


@given(st.lists(st.text(alphabet="評価お願い疲れ様でし役（）()★ん。", max_size=8), max_size=30))
def test_no_more_than_the_window_is_cut_and_nothing_is_reordered(words):
    dialogue = a_dialogue(*words) if words else a_dialogue("。")
    within = [u.text for u in dialogue.utterances if not is_out_of_role(u.text)]
    left = texts(dialogue)
    assert left == within[: len(left)]
    assert len(within) - len(left) <= CLOSING_WINDOW


def test_seconds_count_from_the_first_turn_that_is_left():
    turns = score_input(a_dialogue("（よろしく）", *PLAY, gap=10))
    assert [turn.seconds for turn in turns] == [0, 10, 20, 30]
    assert [turn.seconds for turn in score_input(a_dialogue(*PLAY, gap=None))] == [None] * 4


def test_the_messages_ask_for_all_twenty_items_and_hold_the_whole_input():
    system, user = score_sample(a_dialogue(*PLAY)).messages
    assert (system.role, user.role) == ("system", "user")
    assert all(item.key in system.content and item.japanese in system.content for item in ITEMS)
    assert "JSON" in system.content
    assert user.content.split("\n") == [
        "カウンセラー: 眠れないのですね。",
        "相談者: はい、毎晩です。",
        "カウンセラー: つらいですね。",
        "相談者: そうなんです。",
    ]


def test_the_target_is_the_twenty_values_in_the_papers_order():
    items = tuple(range(6)) * 3 + (0, 1)
    target = json.loads(score_sample(a_dialogue(*PLAY, items=items)).target)
    assert tuple(target) == ITEM_KEYS
    assert tuple(target.values()) == items


def test_a_dialogue_without_feedback_has_no_target():
    assert score_sample(a_dialogue(items=None)).target is None


def test_no_person_and_no_date_is_in_a_sample():
    line = encode_line(score_sample(a_dialogue(*PLAY)), "line").decode()
    assert "7001" not in line
    assert "7002" not in line
    assert "2024" not in line


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "twenty",
        "[]",
        json.dumps(dict.fromkeys(ITEM_KEYS, 6)),
        json.dumps(dict.fromkeys(ITEM_KEYS, "3")),
        json.dumps(dict.fromkeys(ITEM_KEYS, True)),
        json.dumps(dict.fromkeys(ITEM_KEYS[1:], 3)),
        json.dumps(dict.fromkeys((*ITEM_KEYS, "more"), 3)),
        "[" * 100_000,
    ],
)
def test_anything_but_twenty_whole_numbers_from_0_to_5_is_no_target(target):
    assert parse_target(target) is None


def test_without_a_part_a_header_names_no_seed():
    header = score_header(None, 3, 4)
    assert (header.part, header.split, header.seed, header.test_seed) == ("all", "none", None, None)
    assert score_header("test", 3, 4).seed == 3


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_instruction_names_each_item_in_its_language(language):
    told = INSTRUCTIONS[language]
    for item in ITEMS:
        assert f"- {item.key}: {item.japanese if language == 'ja' else item.english}" in told


def test_only_the_instruction_and_the_speakers_change_with_the_language():
    japanese, english = (score_sample(a_dialogue("はい", "ええ"), language=language) for language in ("ja", "en"))
    assert (japanese.target, japanese.dialogue) == (english.target, english.dialogue)
    assert english.messages[1].content == "Counselor: はい\nClient: ええ"
    assert score_header("test", 0, 0).language is None
    assert score_header("test", 0, 0, language="en").language == "en"


def test_a_reply_with_the_twenty_items_is_read_whatever_their_order():
    told = {key: number % 6 for number, key in enumerate(ITEM_KEYS)}
    shuffled = dict(reversed(told.items()))
    assert list(parse_scores(f"Here: {json.dumps(shuffled)}.").items()) == list(told.items())


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"more": 1}, "wrong keys"),
        ({"felt_respected": None}, "wrong value"),
        ({"felt_respected": -1}, "wrong value"),
        ({"felt_respected": 5.0}, "wrong value"),
        ({"felt_respected": False}, "wrong value"),
        ({"felt_respected": [3]}, "wrong value"),
    ],
)
def test_a_reply_is_never_filled_in_or_rounded(change, kind):
    with pytest.raises(ReplyFault) as fault:
        parse_scores(json.dumps({**dict.fromkeys(ITEM_KEYS, 3), **change}))
    assert fault.value.kind == kind


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_no_reply_at_all_breaks_the_reading_of_scores(reply):
    with suppress(ReplyFault):
        assert set(parse_scores(reply)) == set(ITEM_KEYS)
