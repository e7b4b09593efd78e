"""New numbers tell nothing of the old ones."""

import json
from dataclasses import replace
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from factories import a_dialogue
from kokorochat.corpus.release.pseudonyms import Pseudonyms, draw, numbers
from kokorochat.corpus.sources.source import Entry, Remark

some_ids = st.sets(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=60)
secrets = st.binary(min_size=32, max_size=32)


def _entries(*people: tuple[str, str]) -> list[Entry]:
    return [
        Entry(replace(a_dialogue(id=str(100 + n)), counselor=counselor, client=client), "corpus.jsonl")
        for n, (counselor, client) in enumerate(people)
    ]


@given(some_ids, secrets, st.integers(1, 1000))
def test_each_id_has_a_number_of_its_own_without_holes(ids, secret, first):
    assert sorted(numbers(ids, secret, "person", first).values()) == list(range(first, first + len(ids)))


@given(some_ids, secrets)
def test_a_number_depends_on_the_secret_and_the_ids_alone(ids, secret):
    assert numbers(sorted(ids), secret, "person") == numbers(sorted(ids, reverse=True) * 2, secret, "person")


def test_no_order_is_kept_beyond_chance():
    ids = [str(number) for number in range(1, 201)]
    kept = []
    for draw_number in range(200):
        named = numbers(ids, draw_number.to_bytes(32, "big"), "dialogue")
        kept.append(kendalltau(range(200), [named[identity] for identity in ids]).statistic)
    # Of 200 random orders of 200, the mean of tau has a deviation of 0.0034 and the largest lies near 0.15.
    assert abs(fmean(kept)) < 0.02
    assert max(map(abs, kept)) < 0.25


def test_another_secret_and_another_space_give_another_numbering():
    ids = [str(number) for number in range(1, 401)]
    one, other, space = (
        numbers(ids, b"1" * 32, "person"),
        numbers(ids, b"2" * 32, "person"),
        numbers(ids, b"1" * 32, "client"),
    )
    for another in (other, space):
        assert sum(one[identity] == another[identity] for identity in ids) < 10


def test_the_roles_are_numbered_apart_so_that_nobody_seems_to_be_in_both():
    named = draw(_entries(("1", "2"), ("2", "1"), ("3", "1")), b"1" * 32, link_roles=False)
    assert sorted(named.counselors.values()) == [1, 2, 3]
    assert sorted(named.clients.values()) == [4, 5]


def test_linked_roles_give_a_person_one_number():
    named = draw(_entries(("1", "2"), ("2", "1"), ("3", "1")), b"1" * 32, link_roles=True)
    assert named.counselors["1"] == named.clients["1"]
    assert sorted(named.counselors.values()) == [1, 2, 3]


def test_an_entry_without_people_keeps_none_and_its_group_gets_a_number():
    talk = replace(a_dialogue(), counselor=None, client=None)
    entry = Entry(talk, "corpus.jsonl", group="video", remarks=(Remark("info", "code", "1:0", "of 1"),))
    renamed = draw([entry], b"1" * 32, link_roles=False).renamed(entry)
    assert (renamed.dialogue.counselor, renamed.dialogue.client, renamed.group) == (None, None, "1")
    assert renamed.remarks == ()


def test_the_linking_key_undoes_the_renaming():
    named = draw(_entries(("1", "2"), ("2", "1")), b"1" * 32, link_roles=False)
    table = json.loads(named.linking_key("Ours 1.0"))
    assert table.pop("release") == "Ours 1.0"
    assert Pseudonyms(**table) == named


@pytest.mark.parametrize("link_roles", [False, True])
def test_who_belongs_together_stays_together(link_roles):
    entries = _entries(("1", "2"), ("1", "3"), ("2", "1"))
    named = draw(entries, b"1" * 32, link_roles)
    first, second, third = (named.renamed(entry).dialogue for entry in entries)
    assert first.counselor == second.counselor != third.counselor
    assert len({first.client, second.client, third.client}) == 3
