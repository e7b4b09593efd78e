"""CPsyCoun: labels by a closed list, and both counts of turns."""

import json
from pathlib import Path

import pytest

from kokorochat.corpus.reading import find_corpora, find_corpus
from kokorochat.corpus.sources.cpsycoun import PLAIN
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError

CLIENT, COUNSELOR = Role.CLIENT, Role.COUNSELOR

CASES = {
    # Windows line ends; a turn that goes on over a blank line and lines that begin like a label.
    0: (
        "来访者：我怕开会。\r\n\r\n心理咨询师：怕什么呢？\r\n\r\n"
        "来访者：怕两件事：\r\n1. 发言：脸红\r\n\r\n妈妈：她总说我笨。\r\n"
    ),
    # Variants: a name, numbers, the counselor who plays somebody; two turns of one role; an empty turn.
    2: (
        "来访者（小林）：我们吵架了。\n\n来访者2：是他先吵的。\n\n心理咨询师（扮演爷爷）：孩子，坐下。\n\n"
        "心理咨询师：现在感觉如何？\n\n来访者1：\n\n心理咨询师：不急。"
    ),
    10: "来访者：谢谢您。\n\n心理咨询师：再见。\n",
}
PAIRS = [
    {
        "instruction": "最近失眠。",
        "input": "三点才睡。",
        "output": "睡前做什么？",
        "history": [["你好。", "你好，请坐。"]],
    },
    {"instruction": "手机。", "input": "", "output": "试试看书。", "history": []},
]
TOPICS = {"Emotion&Stress": 2, "Family Relationship": 1}


def write_fixture(folder: Path) -> Path:
    data = folder / "CPsyCounD" / "Data"
    data.mkdir(parents=True)
    for number, text in CASES.items():
        (data / f"case_{number}.txt").write_bytes(text.encode())
    (folder / "CPsyCounD" / "README.md").write_text("Invented.")
    for topic, count in TOPICS.items():
        (folder / "CPsyCounE" / topic).mkdir(parents=True)
        for number in range(1, count + 1):
            turns = [f"求助者：考试砸了{number}。", "支持者：愿意说说吗？", "求助者：不：算了。"]
            text = json.dumps(turns, ensure_ascii=number == 1)
            (folder / "CPsyCounE" / topic / f"{number}.json").write_text(text, encoding="utf-8")
    return folder


def _turns(folder: Path, number: int) -> list[tuple[Role, str]]:
    (entry,) = find_corpus(folder / "CPsyCounD" / "Data" / f"case_{number}.txt").entries()
    return [(utterance.role, utterance.text) for utterance in entry.dialogue.utterances]


def test_lines_without_a_known_label_continue_the_turn_even_if_they_look_like_one(tmp_path):
    assert _turns(write_fixture(tmp_path), 0) == [
        (CLIENT, "我怕开会。"),
        (COUNSELOR, "怕什么呢？"),
        (CLIENT, "怕两件事：\n1. 发言：脸红\n\n妈妈：她总说我笨。"),
    ]


def test_numbered_and_bracketed_labels_begin_turns_and_an_empty_turn_is_kept(tmp_path):
    assert _turns(write_fixture(tmp_path), 2) == [
        (CLIENT, "我们吵架了。"),
        (CLIENT, "是他先吵的。"),
        (COUNSELOR, "孩子，坐下。"),
        (COUNSELOR, "现在感觉如何？"),
        (CLIENT, ""),
        (COUNSELOR, "不急。"),
    ]


def test_the_count_by_plain_labels_stands_beside_the_turns(tmp_path):
    counts = [entry.counts[PLAIN] for entry in find_corpus(write_fixture(tmp_path)).entries()]
    assert counts == [3, 2, 2]


def test_cases_come_by_number(tmp_path):
    names = [entry.dialogue.id for entry in find_corpus(write_fixture(tmp_path)).entries()]
    assert names == ["case_0", "case_2", "case_10"]


@pytest.mark.parametrize("inner", ["", "CPsyCounD", "CPsyCounD/Data"])
def test_the_repository_and_the_folders_in_it_are_the_same_corpus(tmp_path, inner):
    (corpus,) = find_corpora(write_fixture(tmp_path) / inner)
    assert (corpus.source.format, len(corpus.files)) == ("cpsycoun", 3)


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("来访者：你好\n来访者甲：你好", 2, "'来访者甲：' is a label that is not known"),
        ("来访者：你好\n\n心理咨询师(小王)：好", 3, "is a label that is not known"),
        ("开场白\n来访者：你好", 1, "stands before the first label"),
    ],
)
def test_an_unknown_label_is_a_fault_with_file_and_line(tmp_path, text, line, named):
    (tmp_path / "case_1.txt").write_text(text, encoding="utf-8")
    (fault,) = find_corpus(f"cpsycoun={tmp_path}").rows()
    assert isinstance(fault, InputError)
    assert f"case_1.txt, line {line}: " in str(fault)
    assert named in str(fault)


@pytest.mark.parametrize(
    ("data", "named"),
    [(b"", "no turn"), (b" \r\n", "no turn"), ("来访者：".encode()[:-1], "UTF-8"), ("来访者：".encode("gbk"), "UTF-8")],
    ids=["empty", "blank", "cut off", "GBK"],
)
def test_what_is_no_dialogue_is_a_fault(tmp_path, data, named):
    (tmp_path / "case_1.txt").write_bytes(data)
    (fault,) = find_corpus(f"cpsycoun={tmp_path}").rows()
    assert isinstance(fault, InputError)
    assert named in str(fault)


def test_a_byte_order_mark_is_no_part_of_the_first_label(tmp_path):
    (tmp_path / "case_1.txt").write_bytes(b"\xef\xbb\xbf" + CASES[10].encode())
    (entry,) = find_corpus(tmp_path).entries()
    assert entry.dialogue.utterances[0].text == "谢谢您。"


def test_pairs_are_the_history_first_and_then_instruction_and_output(tmp_path):
    (tmp_path / "CPsyCounD.json").write_text(json.dumps(PAIRS, ensure_ascii=False), encoding="utf-8")
    first, second = find_corpus(tmp_path).entries()
    assert [(u.role, u.text) for u in first.dialogue.utterances] == [
        (CLIENT, "你好。"),
        (COUNSELOR, "你好，请坐。"),
        (CLIENT, "最近失眠。\n三点才睡。"),
        (COUNSELOR, "睡前做什么？"),
    ]
    assert second.counts == {PLAIN: 2}
    assert (first.dialogue.id, second.place) == ("cpsycoun-0", f"{tmp_path / 'CPsyCounD.json'}, element 1")


def test_a_broken_pair_is_a_fault_in_its_place(tmp_path):
    (tmp_path / "CPsyCounD.json").write_text(json.dumps([{**PAIRS[0], "history": [["你好。"]]}, PAIRS[1]]))
    fault, entry = find_corpus(tmp_path).rows()
    assert "element 0: field history[0]" in str(fault)
    assert not isinstance(entry, InputError)


def test_the_test_set_is_read_when_it_is_named_or_given_alone(tmp_path):
    write_fixture(tmp_path)
    (alone,) = find_corpora(tmp_path / "CPsyCounE")
    (named,) = find_corpora(f"cpsycoun-e={tmp_path}")
    assert list(alone.entries()) == list(named.entries())
    entries = list(alone.entries())
    assert [entry.dialogue.id for entry in entries] == ["Emotion&Stress-1", "Emotion&Stress-2", "Family Relationship-1"]
    assert [u.text for u in entries[0].dialogue.utterances] == ["考试砸了1。", "愿意说说吗？", "不：算了。"]
    assert entries[2].labels == {"topic": ("Family Relationship",)}


def test_a_string_of_the_test_set_without_a_label_is_a_fault(tmp_path):
    (tmp_path / "1.json").write_text('["求助者：你好。", "旁白：你好。"]', encoding="utf-8")
    (fault,) = find_corpus(f"cpsycoun-e={tmp_path}").rows()
    assert "element 1: begins with neither" in str(fault)


@pytest.mark.slow
def test_the_release_has_both_its_published_counts(shared_corpus):
    entries = list(find_corpus(shared_corpus("cpsycoun")).entries())
    lengths = [len(entry.dialogue.utterances) for entry in entries]
    assert len(entries) == 3_084
    assert (sum(lengths), round(sum(lengths) / 3_084, 2), min(lengths), max(lengths)) == (49_801, 16.15, 6, 61)
    plain = sum(entry.counts[PLAIN] for entry in entries)
    assert (plain, round(plain / 3_084, 2)) == (49_780, 16.14)
    assert all(entry.dialogue.utterances[0].role is CLIENT for entry in entries)
    assert sum(entry.dialogue.utterances[-1].role is COUNSELOR for entry in entries) == 2_353
    assert sum(not utterance.text for entry in entries for utterance in entry.dialogue.utterances) == 2
