"""What a split leaves known of its test part."""

from factories import an_outline
from kokorochat.corpus.splits.known import known_in_training
from kokorochat.corpus.splits.response import response_split
from kokorochat.corpus.splits.score import score_split


def test_a_random_split_knows_whom_it_has_trained_on_and_a_split_by_client_nobody():
    outlines = [an_outline(n, client=str(n % 8), counselor="same") for n in range(160)]
    assert known_in_training(outlines, score_split(outlines, 0)) == {"client": 16, "counselor": 16}
    by_client = score_split(outlines, 0, group="client")
    assert known_in_training(outlines, by_client) == {"client": 0, "counselor": len(by_client.parts["test"])}


def test_one_is_known_only_in_the_same_role():
    # Three clients, each of whom is the next one's counselor.
    outlines = [an_outline(n, client="abc"[n % 3], counselor="bca"[n % 3]) for n in range(30)]
    split = score_split(outlines, 0, group="client")
    assert known_in_training(outlines, split) == {"client": 0, "counselor": 0}


def test_of_people_without_names_nothing_is_known():
    outlines = [an_outline(n) for n in range(40)]
    assert known_in_training(outlines, score_split(outlines, 0)) == {"client": None, "counselor": None}


def test_for_responses_all_that_is_not_tested_may_be_learnt_from():
    outlines = [an_outline(n, score=99 if n < 2 else 60, client=str(n % 3)) for n in range(30)]
    assert known_in_training(outlines, response_split(outlines, 0)) == {"client": 2, "counselor": None}
