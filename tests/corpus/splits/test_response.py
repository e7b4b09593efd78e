"""The paper's split for response generation, and the same without what the test part tells."""

from itertools import chain

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from factories import an_outline
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.splits.grouping import GROUPS
from kokorochat.corpus.splits.outline import outline
from kokorochat.corpus.splits.response import response_split
from kokorochat.domain.errors import InputError

names = st.sampled_from([f"p{number}" for number in range(40)])
scores = st.none() | st.integers(0, 100) | st.sampled_from([69, 70, 98, 99])


@st.composite
def corpora(draw):
    """Dialogues between some people; the first is one of the best."""
    count = draw(st.integers(20, 80))
    videos = st.none() | st.sampled_from(["video 1", "video 2"])
    return [
        an_outline(n, draw(scores) if n else 99, draw(names), draw(names), draw(videos) if n % 7 == 0 else None)
        for n in range(count)
    ]


def members(split, *parts):
    return [id for name in parts for id in split.parts.get(name, ())]


@given(corpora(), st.sampled_from(GROUPS), st.integers(0, 9))
def test_the_score_decides_and_what_is_dropped_is_in_no_other_part(corpus, group, seed):
    try:
        split = response_split(corpus, seed, group)
    except InputError:
        reject()
    score = {one.id: one.score for one in corpus}
    assert all(score[id] >= 99 for id in split.parts["test"])
    assert all(score[id] < 70 for id in split.parts["low"])
    assert all(70 <= score[id] <= 98 for id in split.parts["high"])
    assert set(split.parts["full"]) == set(members(split, "low", "high"))
    assert sorted(members(split, "test", "full", "dropped"), key=int) == [one.id for one in corpus]
    assert sorted(chain(*split.reasons.values())) == sorted(split.parts.get("dropped", ()))


@given(corpora(), st.sampled_from(GROUPS), st.integers(0, 9))
def test_each_of_the_three_is_divided_for_itself(corpus, group, seed):
    try:
        split = response_split(corpus, seed, group)
    except InputError:
        reject()
    for name in ("low", "high", "full"):
        pieces = members(split, f"{name}-train", f"{name}-validation", f"{name}-dropped")
        assert sorted(pieces, key=int) == split.parts[name]
        if group == "none" and not any(one.group for one in corpus):
            assert len(split.parts[f"{name}-validation"]) == len(split.parts[name]) // 10


@given(corpora(), st.sampled_from(["client", "counselor", "person"]), st.integers(0, 9))
def test_with_a_group_nobody_of_the_test_part_is_learnt_from(corpus, group, seed):
    try:
        split = response_split(corpus, seed, group)
    except InputError:
        reject()
    by_id = {one.id: one for one in corpus}

    def people(*parts):
        some = [by_id[id] for id in members(split, *parts)]
        clients, counselors = {one.client for one in some}, {one.counselor for one in some}
        return {"client": clients, "counselor": counselors, "person": clients | counselors}[group]

    assert people("test").isdisjoint(people("full"))
    for name in ("low", "high", "full"):
        assert people(f"{name}-train").isdisjoint(people(f"{name}-validation"))


@given(corpora(), st.sampled_from(GROUPS))
def test_what_the_source_keeps_together_stays_together(corpus, group):
    try:
        split = response_split(corpus, 0, group)
    except InputError:
        reject()
    videos = {one.id: one.group for one in corpus if one.group}
    for one, other in [("test", "full"), *((f"{n}-train", f"{n}-validation") for n in ("low", "high", "full"))]:
        seen = [{videos[id] for id in members(split, part) if id in videos} for part in (one, other)]
        assert seen[0].isdisjoint(seen[1])


def test_a_seed_draws_validation_and_never_the_rest():
    corpus = [an_outline(n, n % 101) for n in range(300)]
    one, two = response_split(corpus, 1), response_split(corpus, 2)
    assert one == response_split(corpus, 1)
    assert one.parts["low-validation"] != two.parts["low-validation"]
    assert all(one.parts[name] == two.parts[name] for name in ("test", "low", "high", "full"))


@pytest.mark.parametrize(
    ("corpus", "group", "told"),
    [
        ([an_outline(n, 50) for n in range(50)], "none", "a score of 99 or more"),
        ([an_outline(n, None) for n in range(50)], "none", "a score of 99 or more"),
        ([an_outline(n, 100) for n in range(50)], "none", "0 dialogues to learn from"),
        ([an_outline(n, 100 - n, client="c") for n in range(50)], "client", "0 dialogues to learn from"),
        ([an_outline(n, 100 - n) for n in range(50)], "counselor", "names its counselor"),
    ],
)
def test_what_a_corpus_lacks_is_said(corpus, group, told):
    with pytest.raises(InputError, match=told):
        response_split(corpus, 0, group)


@pytest.mark.slow
def test_the_release_gives_the_numbers_of_the_paper(corpus_path):
    split = response_split([outline(entry) for entry in find_corpus(corpus_path).entries()], 0)
    counts = {name: tuple(count.values()) for name, count in split.counts().items()}
    assert counts["test"] == (118, 12_402)
    assert counts["low"] == (3_870, 334_022)
    assert counts["high"] == (2_601, 254_515)
    assert counts["full"] == (6_471, 588_537)
    assert [counts[f"{name}-validation"][0] for name in ("low", "high", "full")] == [387, 260, 647]
    assert "dropped" not in counts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "dropped", "low", "high"),
    [
        ("client", 1202, 3297, 1972),
        ("counselor", 2112, 2725, 1634),
        ("person", 4131, 1553, 787),
        ("duplicates", 4, 3867, 2600),
    ],
)
def test_the_release_without_what_its_test_part_tells(corpus_path, group, dropped, low, high):
    outlines = [outline(entry, group == "duplicates") for entry in find_corpus(corpus_path).entries()]
    counts = response_split(outlines, 0, group).counts()
    assert counts["test"]["dialogues"] == 118
    assert [counts[name]["dialogues"] for name in ("dropped", "low", "high")] == [dropped, low, high]
