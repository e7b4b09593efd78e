"""The paper's split for score prediction, and the same by groups."""

import random
import time
from collections import Counter
from itertools import chain

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from factories import an_outline
from kokorochat.corpus.near_duplicates import near_duplicates
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.splits.grouping import GROUPS
from kokorochat.corpus.splits.outline import outline
from kokorochat.corpus.splits.score import score_split
from kokorochat.domain.errors import InputError
from kokorochat.tasks.score import SPLIT

names = st.sampled_from([f"p{number}" for number in range(12)])


@st.composite
def corpora(draw):
    """Dialogues between few people, some without a score, some in groups of their source."""
    count = draw(st.integers(12, 60))
    return [
        an_outline(
            number,
            draw(st.none() | st.integers(0, 100)) if number >= 10 else 50,
            draw(names),
            draw(names),
            draw(st.none() | st.sampled_from(["video 1", "video 2"])) if number % 5 == 0 else None,
        )
        for number in range(count)
    ]


def plain(count=100):
    return [an_outline(number) for number in range(count)]


def numbers(ids):
    return [int(id) for id in ids]


def first_published(count, seed, test_seed=0):
    """The split by which the figures of docs/paper.md were measured, as it stood then."""
    tenth = count // 10
    order = list(range(count))
    random.Random(f"test {test_seed}").shuffle(order)
    test, rest = order[:tenth], sorted(order[tenth:])
    random.Random(f"validation {seed}").shuffle(rest)
    return {"train": sorted(rest[tenth:]), "validation": sorted(rest[:tenth]), "test": sorted(test)}


@given(st.integers(10, 700), st.integers(0, 99), st.integers(0, 9))
def test_without_a_group_it_is_the_split_of_the_published_figures(count, seed, test_seed):
    split = score_split(plain(count), seed, test_seed)
    assert {name: numbers(ids) for name, ids in split.parts.items()} == first_published(count, seed, test_seed)
    assert split.rule == SPLIT


def test_the_release_gives_the_test_size_that_the_papers_table_8_implies():
    counts = score_split(plain(6589), 0).counts()
    assert [count["dialogues"] for count in counts.values()] == [5273, 658, 658]


@given(corpora(), st.sampled_from(GROUPS), st.integers(0, 9))
def test_every_dialogue_is_in_exactly_one_part_and_what_has_no_score_is_dropped(corpus, group, seed):
    try:
        split = score_split(corpus, seed, group=group)
    except InputError:
        reject()
    assert sorted(chain(*split.parts.values()), key=int) == [one.id for one in corpus]
    assert {one.id for one in corpus if one.score is None} <= set(split.parts.get("dropped", ()))
    assert sorted(chain(*split.reasons.values())) == sorted(split.parts.get("dropped", ()))
    assert all(numbers(ids) == sorted(numbers(ids)) for ids in split.parts.values())


@pytest.mark.slow
@given(corpora(), st.sampled_from(GROUPS), st.integers(0, 9))
def test_no_group_is_torn_apart(corpus, group, seed):
    try:
        split = score_split(corpus, seed, group=group)
    except InputError:
        reject()
    part_of = {id: name for name, ids in split.parts.items() for id in ids if name != "dropped"}
    parts_of = {}
    for one in corpus:
        if one.id in part_of:
            people = {"client": [one.client], "counselor": [one.counselor], "person": [one.client, one.counselor]}
            for key in (*people.get(group, []), ("source", one.group) if one.group else None):
                if key is not None:
                    parts_of.setdefault(key, set()).add(part_of[one.id])
    assert all(len(parts) == 1 for parts in parts_of.values())


@given(corpora(), st.sampled_from(GROUPS))
def test_another_seed_leaves_the_test_part_as_it_is_and_the_same_seed_all_parts(corpus, group):
    try:
        one, same, other = (score_split(corpus, seed, group=group) for seed in (1, 1, 2))
    except InputError:
        reject()
    assert one == same
    assert one.parts["test"] == other.parts["test"]


@pytest.mark.parametrize("group", GROUPS)
def test_seeds_draw_other_parts(group):
    corpus = [an_outline(n, 60, f"c{n % 40}", f"t{n % 40}") for n in range(200)]
    one, two = score_split(corpus, 1, group=group), score_split(corpus, 2, group=group)
    assert one.parts["validation"] != two.parts["validation"]
    assert score_split(corpus, 1, 5, group=group).parts["test"] != one.parts["test"]


def test_very_uneven_clients_still_give_the_sizes_that_are_wanted():
    clients = [f"c{n}" for n, size in enumerate([90, 40, *[5] * 20, *[1] * 70]) for _ in range(size)]
    corpus = [an_outline(n, 60, client) for n, client in enumerate(clients)]
    counts = score_split(corpus, 0, group="client").counts()
    assert [count["dialogues"] for count in counts.values()] == [240, 30, 30]


def test_a_case_that_is_told_again_is_never_in_two_parts():
    def told(number):
        case = "".join(chr(0x4E00 + (number // 4) * 60 + place) for place in range(50))
        return an_outline(number, texts=[f"{case}そのあと{number}番"])

    split = score_split([told(number) for number in range(80)], 0, group="duplicates")
    cases = Counter((number // 4) for ids in split.parts.values() for number in numbers(ids))
    assert split.rule == "8:1:1 by duplicates > 0.2"
    assert all(count == 4 for count in cases.values())
    assert all(len(ids) % 4 == 0 for ids in split.parts.values())


def test_a_rule_tells_of_the_groups_that_the_source_itself_has():
    corpus = [an_outline(n, group=f"video {n // 2}") for n in range(40)]
    assert score_split(corpus, 0).rule == "8:1:1 random, source groups whole"


def test_people_who_never_meet_others_lose_nothing():
    corpus = [an_outline(n, 60, f"c{n % 20}", f"t{n % 20}") for n in range(200)]
    split = score_split(corpus, 0, group="person")
    assert {name: count["dialogues"] for name, count in split.counts().items()} == {
        "train": 160,
        "validation": 20,
        "test": 20,
    }


def test_between_two_cohorts_the_line_is_drawn_where_they_hardly_meet():
    # Twenty people of one year meet each other, two hundred of the next; three dialogues are between the years.
    chance = random.Random(0)
    young = [an_outline(n, 60, f"a{n % 20}", f"a{chance.randrange(20)}") for n in range(100)]
    old = [an_outline(100 + n, 60, f"b{n % 200}", f"b{chance.randrange(200)}") for n in range(900)]
    between = [an_outline(1000 + n, 60, f"a{n}", f"b{n}") for n in range(3)]
    split = score_split([*young, *old, *between], 0, group="person")
    assert split.parts["test"] == [one.id for one in young]
    assert {one.id for one in between} <= set(split.parts["dropped"])


@pytest.mark.parametrize(
    ("corpus", "group", "told"),
    [
        (plain(9), "none", "9 dialogues: too few"),
        ([an_outline(n, None) for n in range(20)], "none", "no dialogue of the corpus has a score"),
        (plain(20), "client", "no dialogue of the corpus names its client"),
        (plain(20), "person", "names its person"),
        ([an_outline(n, counselor=None if n == 7 else "t") for n in range(20)], "counselor", r"not 7\)"),
        ([an_outline(n, client="c") for n in range(20)], "client", "nothing is left for validation|for test"),
        ([*plain(20), an_outline(3)], "none", "two dialogues of the corpus have this id"),
    ],
)
def test_what_a_corpus_lacks_is_said(corpus, group, told):
    with pytest.raises(InputError, match=told):
        score_split(corpus, 0, group=group)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "kept", "clients_known", "counselors_known"),
    [
        ("none", 6589, 655, 648),
        ("client", 6589, 0, 647),
        ("counselor", 6589, 643, 0),
        ("duplicates", 6589, 651, 650),
        ("person", 5501, 0, 0),
    ],
)
def test_the_release_is_divided_8_1_1_by_each_group_in_20_seconds(
    corpus_path, group, kept, clients_known, counselors_known
):
    begun = time.process_time()
    outlines = [outline(entry, group == "duplicates") for entry in find_corpus(corpus_path).entries()]
    split = score_split(outlines, 0, group=group)
    assert time.process_time() - begun < 20
    sizes = {name: count["dialogues"] for name, count in split.counts().items()}
    whole = sum(sizes.values()) - sizes.get("dropped", 0)
    assert whole == kept
    by_id = {one.id: one for one in outlines}
    train, test = ([by_id[id] for id in split.parts[name]] for name in ("train", "test"))
    clients, counselors = {one.client for one in train}, {one.counselor for one in train}
    assert sum(one.client in clients for one in test) == clients_known
    assert sum(one.counselor in counselors for one in test) == counselors_known
    assert sizes["test"] / whole == pytest.approx(0.1, abs=0.012)
    assert sizes["validation"] / whole == pytest.approx(0.1, abs=0.012)


@pytest.mark.slow
def test_on_the_release_a_split_by_client_leaves_cases_that_were_handed_on(corpus_path):
    outlines = [outline(entry, with_texts=True) for entry in find_corpus(corpus_path).entries()]
    ids = [(outlines[pair.a].id, outlines[pair.b].id) for pair in near_duplicates([one.texts for one in outlines])]
    told_before = {}
    for group in ("none", "client", "duplicates"):
        split = score_split(outlines, 0, group=group)
        train, test = set(split.parts["train"]), set(split.parts["test"])
        told_before[group] = len({id for pair in ids for id in pair if id in test and not train.isdisjoint(pair)})
    assert told_before == {"none": 15, "client": 7, "duplicates": 0}
