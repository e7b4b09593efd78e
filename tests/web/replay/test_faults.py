"""Counting what is lost, doubled and out of order."""

import random

from hypothesis import given
from hypothesis import strategies as st

from kokorochat.web.replay.faults import Faults, faults_between


def test_each_fault_is_counted_as_itself() -> None:
    assert faults_between("abcd", "abcd", "abcd") == Faults()
    assert faults_between("abcd", "abd", "abcd") == Faults(lost=1)
    assert faults_between("abcd", "abbcd", "abcd") == Faults(duplicated=1)
    assert faults_between("abcd", "acbd", "abcd") == Faults(reordered=1)
    assert faults_between("abcd", "abXd") == Faults(lost=1, duplicated=1)


def test_a_message_missing_in_two_places_is_lost_once_and_two_messages_twice() -> None:
    assert faults_between("abcd", "bcd", "bcd").lost == 1
    assert faults_between("abcd", "bcd", "abc").lost == 2


def test_equal_texts_are_told_apart_by_their_count() -> None:
    assert faults_between(["はい"] * 3, ["はい"] * 2) == Faults(lost=1)
    assert faults_between(["はい", "a", "はい"], ["はい", "はい", "a"]) == Faults(reordered=1)


@given(st.lists(st.integers(0, 5), max_size=30), st.randoms())
def test_a_shuffle_loses_and_doubles_nothing(sent: list[int], draw: random.Random) -> None:
    place = draw.sample(sent, len(sent))
    found = faults_between(sent, place)
    assert (found.lost, found.duplicated) == (0, 0)
    assert (found.reordered == 0) == (place == sent)
