"""The split for topics: no client in two parts, and whatever has no topic is dropped with its reason."""

from itertools import chain

import pytest

from factories import an_outline
from kokorochat.corpus.splits.topic import topic_split
from kokorochat.domain.errors import InputError


def some_outlines(count=90, clients=20):
    return [an_outline(number, score=None, client=str(number % clients)) for number in range(count)]


def split(outlines, without=(), **settings):
    labelled = {one.id for one in outlines} - set(without)
    return topic_split(outlines, labelled, settings.pop("seed", 0), **settings)


def test_no_client_is_in_two_parts_and_no_score_is_needed():
    outlines = some_outlines()
    made = split(outlines)
    client = {one.id: one.client for one in outlines}
    people = [{client[id] for id in ids} for ids in made.parts.values()]
    assert sum(map(len, people)) == len(set().union(*people))
    assert sorted(chain(*made.parts.values())) == sorted(client)
    assert (made.task, made.rule) == ("topic", "8:1:1 by client")
    assert len(made.parts["test"]) in (8, 9, 10)


def test_seeds_change_training_and_validation_but_not_the_test_part():
    one, two = (split(some_outlines(), seed=seed).parts for seed in (1, 2))
    assert one["test"] == two["test"]
    assert one["validation"] != two["validation"]
    assert split(some_outlines(), test_seed=5).parts["test"] != one["test"]


def test_what_has_no_topic_is_dropped_with_the_reason():
    made = split(some_outlines(), without=("3", "4"))
    assert list(made.parts["dropped"]) == ["3", "4"]
    assert made.reasons == {"has no topic": ["3", "4"]}


@pytest.mark.parametrize(
    ("outlines", "match"),
    [
        (some_outlines(9), "too few"),
        (some_outlines(30, clients=1), "topic split by client: nothing is left"),
        ([an_outline(number) for number in range(20)], "client"),
    ],
    ids=["nine dialogues", "one client", "no clients"],
)
def test_a_corpus_that_can_not_be_split_by_client_is_refused(outlines, match):
    with pytest.raises(InputError, match=match):
        split(outlines)


def test_a_corpus_without_clients_can_be_split_at_random():
    assert split([an_outline(number) for number in range(20)], group="none").rule == "8:1:1 random"
