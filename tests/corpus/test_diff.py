"""Whether two corpora hold the same."""

from dataclasses import replace
from datetime import timedelta

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.diff import corpus_differences
from kokorochat.corpus.reading import read_corpus

DIALOGUES = list(read_corpus(DEMO_CORPUS))


def _elsewhere(dialogue, number):
    """The same talk under other ids and at another time."""
    later = tuple(replace(u, time=u.time + timedelta(days=3)) for u in dialogue.utterances)
    given_at = dialogue.feedback.given_at + timedelta(days=3)
    feedback = replace(dialogue.feedback, given_at=given_at)
    return replace(dialogue, id=str(number), counselor="901", client="902", utterances=later, feedback=feedback)


def _changed(dialogue, place, text):
    utterances = list(dialogue.utterances)
    utterances[place] = replace(utterances[place], text=text)
    return replace(dialogue, utterances=tuple(utterances))


def test_a_corpus_equals_itself():
    assert list(corpus_differences(DIALOGUES, DIALOGUES)) == []


def test_other_ids_and_times_differ_unless_they_are_ignored():
    moved = [_elsewhere(dialogue, 100 + n) for n, dialogue in enumerate(DIALOGUES)][::-1]
    assert list(corpus_differences(DIALOGUES, moved)) != []
    assert list(corpus_differences(DIALOGUES, moved, {"time", "ids"})) == []


def test_a_changed_message_is_named_by_its_place_also_without_ids():
    other = [_elsewhere(_changed(d, 5, "別の言葉") if d.id == "4" else d, 100 + int(d.id)) for d in DIALOGUES]
    found = list(corpus_differences(DIALOGUES, other, {"time", "ids"}))
    assert [(d["dialogue"], d["other"], d["where"], d["b"]) for d in found] == [
        ("4", "104", "dialogue[5].utterance", "別の言葉")
    ]


def test_a_missing_dialogue_is_told_from_a_changed_one():
    found = list(corpus_differences(DIALOGUES, DIALOGUES[1:], {"ids"}))
    assert [(d["dialogue"], d["other"], d["b"]) for d in found] == [("1", None, "absent")]


def test_the_same_dialogue_twice_is_not_equal_to_once():
    twice = [*DIALOGUES, DIALOGUES[0]]
    assert len(list(corpus_differences(DIALOGUES, twice))) == 1
    assert len(list(corpus_differences(DIALOGUES, twice, {"ids", "time"}))) == 1


def test_swapped_messages_are_a_difference():
    first = DIALOGUES[0]
    swapped = replace(first, utterances=(first.utterances[1], first.utterances[0], *first.utterances[2:]))
    assert {d["where"] for d in corpus_differences([first], [swapped], {"time"})} >= {"dialogue[0].utterance"}


def test_a_score_check_or_topic_that_changed_is_a_difference():
    first = DIALOGUES[0]
    feedback = replace(first.feedback, total=0, checks=frozenset({"harmful_due_to_ignorance"}))
    found = corpus_differences([first], [replace(first, feedback=feedback)])
    assert {d["where"] for d in found} == {"score", "harmful_due_to_ignorance"}


def test_long_words_are_cut():
    other = _changed(DIALOGUES[0], 0, "あ" * 500)
    assert all(len(str(d["b"])) <= 41 for d in corpus_differences(DIALOGUES[:1], [other]))
