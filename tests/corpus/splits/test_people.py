"""A line between people loses no more than it must."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import an_outline
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.splits.outline import outline
from kokorochat.corpus.splits.people import set_apart

names = st.none() | st.sampled_from([f"p{number}" for number in range(15)])


@given(st.lists(st.tuples(names, names), min_size=2, max_size=60), st.integers(0, 9))
def test_nobody_is_on_both_sides_and_only_dialogues_between_them_are_lost(pairs, seed):
    corpus = [an_outline(n, 60, client or "p0", counselor) for n, (client, counselor) in enumerate(pairs)]
    small, large, lost = set_apart(corpus, max(1, len(corpus) // 10), Random(seed))
    assert sorted([*small, *large, *lost]) == list(range(len(corpus)))
    people = [{corpus[n].client, corpus[n].counselor} - {None} for n in range(len(corpus))]
    inside = set().union(*(people[n] for n in small))
    outside = set().union(*(people[n] for n in large))
    assert inside.isdisjoint(outside)
    for n in lost:
        assert not people[n] <= inside
        assert not people[n] <= outside


@pytest.mark.slow
def test_on_the_release_a_tenth_is_set_apart_for_a_tenth_where_chance_would_lose_a_third(corpus_path):
    outlines = [outline(entry) for entry in find_corpus(corpus_path).entries()]
    small, large, lost = set_apart(outlines, len(outlines) // 10, Random("test 0"))
    assert len(lost) < 600
    assert len(small) / (len(small) + len(large)) == pytest.approx(0.1, abs=0.005)
