"""Near-duplicates: exactly what a slow and plain comparison of all pairs gives."""

import time
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import a_dialogue
from kokorochat.corpus.near_duplicates import WINDOW, client_texts, near_duplicates
from kokorochat.corpus.reading import find_corpus

CASE = "三月から眠れない日が続いていて、朝になると仕事に行くのが怖くなってしまうんです"


def plain(dialogues, threshold, fewest_shared):
    """The definition, word by word."""
    sets = [{text[i : i + WINDOW] for text in texts for i in range(len(text) - WINDOW + 1)} for texts in dialogues]
    for (a, one), (b, other) in combinations(enumerate(sets), 2):
        shared = len(one & other)
        if shared >= fewest_shared and shared / min(len(one), len(other)) > threshold:
            yield a, b, shared, shared / min(len(one), len(other))


# Two letters and one beyond 16 bits, in long runs: most windows are shared, many are in most dialogues.
texts = st.text(alphabet="ab😢", max_size=24)
corpora = st.lists(st.lists(texts, max_size=4), max_size=7)


@given(corpora, st.sampled_from([0.0, 0.1, 0.2, 0.25, 1 / 3, 0.5, 0.9]), st.integers(1, 6))
def test_all_pairs_are_found_with_their_exact_overlap_and_no_others(dialogues, threshold, fewest):
    assert near_duplicates(dialogues, threshold, fewest) == list(plain(dialogues, threshold, fewest))


@given(st.lists(st.lists(st.text(max_size=40), max_size=4), max_size=5))
def test_any_code_points_will_do(dialogues):
    doubled = [*dialogues, *dialogues]
    assert near_duplicates(doubled, 0.2, 1) == list(plain(doubled, 0.2, 1))


def test_more_dialogues_than_are_compared_at_a_time_make_no_difference():
    dialogues = [[f"{CASE}、{number}番目の話で、ほかの人とは違うところもあります{number * 7}"] for number in range(600)]
    assert near_duplicates(dialogues, 0.2, 1) == list(plain(dialogues, 0.2, 1))


def test_a_case_that_is_told_again_is_found_and_a_polite_formula_is_not():
    formula = "どうぞよろしくお願いします"
    dialogues = [[CASE, formula], [formula], [f"実は、{CASE}。", "はい"]]
    assert [(pair.a, pair.b) for pair in near_duplicates(dialogues)] == [(0, 2)]


def test_windows_do_not_reach_from_one_message_into_the_next():
    assert near_duplicates([["眠れない日が", "続いています"], ["眠れない日が続いています"]], 0, 1) == []


def test_only_what_the_client_says_within_the_role_is_compared():
    talk = a_dialogue("今日はどうされましたか", "（評価をお願いします）", "そうでしたか", "眠れません")
    assert client_texts(talk) == ("眠れません",)


@pytest.mark.slow
def test_the_release_gives_the_known_replays_of_its_clients_in_20_seconds(corpus_path):
    begun = time.process_time()
    dialogues = list(find_corpus(corpus_path).dialogues())
    pairs = near_duplicates([client_texts(dialogue) for dialogue in dialogues], fewest_shared=1)
    assert time.process_time() - begun < 20
    same = [
        (dialogues[p.a], dialogues[p.b], p.overlap) for p in pairs if dialogues[p.a].client == dialogues[p.b].client
    ]
    assert len(same) == 430
    assert len({d.id for a, b, _ in same for d in (a, b)}) == 308
    assert len({a.client for a, _, _ in same}) == 27
    assert sum(overlap > 0.3 for _, _, overlap in same) == 156
    closest = max(same, key=lambda pair: pair[2])
    assert (closest[0].id, closest[1].id, round(closest[2], 2)) == ("5210", "5211", 0.69)
    best = [(a.feedback.total >= 99) != (b.feedback.total >= 99) for a, b, _ in same]
    assert sum(best) == 3
    assert sum(p.shared >= 32 for p in pairs) == 135
