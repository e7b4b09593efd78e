"""The features of a dialogue: each definition on a talk small enough to count by hand."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import a_dialogue
from kokorochat.corpus.features import FEATURE_KEYS, FEATURES, dialogue_features
from kokorochat.domain.dialogue import Dialogue, Role, Utterance

_START = datetime(2024, 5, 1, 19, 30)


def _talk(*messages: tuple[str, int, str]) -> dict[str, float | None]:
    """Features of a talk of (role's first letters, seconds after the start, text)."""
    roles = {"co": Role.COUNSELOR, "cl": Role.CLIENT}
    utterances = [Utterance(roles[role], _START + timedelta(seconds=at), text) for role, at, text in messages]
    return dialogue_features(Dialogue("1", tuple(utterances)))


def test_lengths_are_code_points_of_single_messages():
    found = _talk(("co", 0, "はい"), ("cl", 1, "😢つらい"), ("cl", 2, "です"))
    assert (found["client_characters"], found["counselor_characters"]) == (6, 2)
    assert (found["client_utterances"], found["counselor_utterances"]) == (2, 1)
    assert found["client_characters_per_utterance"] == 3
    assert found["counselor_character_share"] == 2 / 8


def test_a_response_takes_from_the_end_of_one_run_to_the_start_of_the_next():
    found = _talk(
        ("cl", 0, "a"), ("cl", 10, "b"), ("co", 40, "c"), ("co", 100, "d"), ("cl", 105, "e"), ("co", 115, "f")
    )
    assert found["counselor_response_seconds"] == (30 + 10) / 2
    assert found["client_response_seconds"] == 5
    assert found["runs"] == 4


def test_who_opens_answers_nobody():
    assert _talk(("co", 0, "a"), ("cl", 9, "b"))["counselor_response_seconds"] is None


def test_the_longest_silence_may_be_within_a_run():
    assert _talk(("co", 0, "a"), ("co", 50, "b"), ("cl", 55, "c"))["longest_silence_seconds"] == 50


def test_a_time_that_runs_backwards_is_no_waiting_time():
    found = _talk(("cl", 100, "a"), ("co", 40, "b"), ("cl", 60, "c"), ("co", 90, "d"))
    assert found["counselor_response_seconds"] == 30


def test_questions_are_messages_with_a_mark_of_either_width():
    found = _talk(("co", 0, "いつから？"), ("co", 1, "why?"), ("co", 2, "はい"), ("co", 3, "？？"), ("cl", 4, "何？"))
    assert found["counselor_question_share"] == 3 / 4


def test_talk_outside_the_role_is_counted_but_a_laugh_is_played():
    found = _talk(("co", 0, "（始めますか）"), ("cl", 1, "(お願いします)"), ("cl", 2, "（笑）"), ("co", 3, "はい"))
    assert found["out_of_role_share"] == 2 / 4


def test_duration_and_time_of_day_are_read_off_the_clock():
    found = _talk(("co", 0, "a"), ("cl", 90 * 60, "b"))
    assert (found["minutes"], found["start_hour"]) == (90, 19.5)


def test_without_times_all_that_needs_one_is_none():
    found = dialogue_features(a_dialogue(gap=None))
    timed = {
        "counselor_response_seconds",
        "client_response_seconds",
        "minutes",
        "longest_silence_seconds",
        "start_hour",
    }
    assert {key for key, value in found.items() if value is None} == timed


def test_of_a_role_that_says_nothing_there_is_no_mean():
    found = _talk(("cl", 0, "a"))
    assert found["counselor_utterances"] == 0
    assert found["counselor_characters_per_utterance"] is None
    assert found["counselor_question_share"] is None


def test_an_empty_dialogue_has_counts_of_nought_and_nothing_else():
    found = dialogue_features(Dialogue("1", ()))
    assert {value for value in found.values() if value is not None} == {0}


def test_every_feature_is_defined_in_both_languages_and_computed():
    assert tuple(dialogue_features(a_dialogue())) == FEATURE_KEYS
    assert all(f.english and f.japanese and f.meaning and f.meaning_japanese and f.unit for f in FEATURES)


def test_the_documentation_defines_every_feature_in_the_same_words():
    described = (Path(__file__).parents[2] / "docs" / "figures" / "figure-4.md").read_text(encoding="utf-8")
    assert all(f"| `{f.key}` | {f.unit} | {f.meaning} |" in described for f in FEATURES)


@given(st.lists(st.tuples(st.sampled_from(["co", "cl"]), st.integers(0, 9999), st.text(min_size=1)), min_size=1))
def test_shares_lie_between_nought_and_one_and_runs_never_exceed_messages(messages):
    found = _talk(*messages)
    shares = [found[f.key] for f in FEATURES if f.unit == "share"]
    assert all(share is None or 0 <= share <= 1 for share in shares)
    assert 1 <= found["runs"] <= len(messages)
    assert all(found[key] is None or found[key] >= 0 for key in FEATURE_KEYS if key != "minutes")


def test_the_order_of_the_array_counts_where_times_tie():
    tied = a_dialogue(gap=0)
    assert dialogue_features(tied)["counselor_response_seconds"] == 0
    assert dialogue_features(replace(tied, utterances=tied.utterances[::-1]))["runs"] == 4


@pytest.mark.parametrize(("key", "paper"), [(f.key, f.paper) for f in FEATURES if f.paper is not None])
def test_the_papers_five_come_first(key, paper):
    assert key in FEATURE_KEYS[:5]
    assert -1 <= paper <= 1
