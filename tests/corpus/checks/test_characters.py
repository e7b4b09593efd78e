"""Unseen, broken and foreign characters are named by their code points; emoji and faces are left in peace."""

import pytest

from factories import a_dialogue
from kokorochat.corpus.checks.characters import (
    CharacterCheck,
    check_edges,
    check_labels,
    check_line_breaks,
    check_out_of_role,
)
from kokorochat.corpus.checks.talk import Talk


def notes(*texts: str, language: str = "Japanese") -> list[tuple[str, str, str]]:
    return [note[:3] for note in CharacterCheck(language)(Talk(a_dialogue(*texts)))]


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\b", "control-character"),
        ("\t", "control-character"),
        ("\x00", "control-character"),
        ("\x85", "control-character"),
        ("\u2060", "invisible-character"),
        ("\u200b", "invisible-character"),
        ("\ufeff", "invisible-character"),
        ("\u200d", "invisible-character"),
        ("\u202e", "bidi-control"),
        ("\u2066", "bidi-control"),
        ("\u200f", "bidi-control"),
        ("\ufffd", "broken-character"),
        ("\ue000", "broken-character"),
        ("\U0010ffff", "broken-character"),
    ],
)
def test_a_character_that_no_reader_sees_is_named(character, code):
    (found,) = CharacterCheck("Japanese")(Talk(a_dialogue("はい", f"前{character}後")))
    assert found[:3] == ("warning", code, "1:1")
    assert f"U+{ord(character):04X}" in found[3]


def test_a_line_break_inside_a_message_is_told():
    found = [note[:3] for note in check_line_breaks(Talk(a_dialogue("一行", "一行\n二行", "後\r", "\u2028")))]
    assert found == [("info", "line-break", "1:1"), ("info", "line-break", "1:2")]


@pytest.mark.parametrize(
    "text", ["👩‍💻です", "🏳️‍🌈", "❤️", "(｀・ω・´)ゞ", "(´Д｀)", "ಠ_ಠ", "全角　空白", "一行\n二行", "Ａ Ｂ ① ㈱ Zoë"]
)
def test_emoji_faces_and_layout_are_no_finding(text):
    assert notes(text) == []


@pytest.mark.parametrize(
    ("language", "text", "foreign"),
    [
        ("Japanese", "はい、привет", True),
        ("Japanese", "안녕 です", True),
        ("Japanese", "OK、了解", False),
        ("Chinese", "我です很累", True),
        ("Chinese", "我很累 OK", False),
        ("English", "I feel 寂しい", True),
        ("English", "I feel naïve", False),
        ("Welsh", "привет", False),
    ],
)
def test_letters_of_other_scripts_depend_on_the_language(language, text, foreign):
    assert (("warning", "foreign-script", "1:0") in notes(text, language=language)) is foreign


def test_each_message_has_its_own_finding():
    assert [place for _, _, place in notes("a\b", "はい", "\bb\b")] == ["1:0", "1:2"]


def test_empty_messages_and_edge_spaces_are_told_apart():
    found = [note[:3] for note in check_edges(Talk(a_dialogue("はい", "", "　", " 前", "後\n", "中 間")))]
    assert found == [
        ("error", "empty", "1:1"),
        ("error", "empty", "1:2"),
        ("warning", "edge-space", "1:3"),
        ("warning", "edge-space", "1:4"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "カウンセラー：はい",
        "相談者役: はい",
        "therapist: yes",
        "Client (sighs): yes",
        "来访者：是",
        "クライエント（男性） ：はい",
    ],
)
def test_a_speakers_label_at_the_start_of_a_message_is_a_leak(text):
    dialogue = a_dialogue("counselor: はい", f"counselor: {text}")
    assert [note[1:3] for note in check_labels(Talk(dialogue))] == [("leaked-label", "1:1")]


@pytest.mark.parametrize("text", ["カウンセラーに：はい", "相談：仕事", "私：はい", "Clients: many", "10：30から"])
def test_other_colons_are_no_leak(text):
    assert list(check_labels(Talk(a_dialogue(text)))) == []


def test_talk_outside_the_role_is_counted_by_kind_once_for_a_dialogue():
    found = list(check_out_of_role(Talk(a_dialogue("（始めます）", "（", "★はい", "（ね）", "はい"))))
    assert found == [
        ("info", "lone-bracket", "1:1", "the message is one opening bracket"),
        ("info", "out-of-role", "dialogue", "messages outside the role-play: 2 bracketed, 1 unclosed, 1 aside"),
    ]
