"""Whole groups are drawn until a part has the size that is wanted."""

from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from kokorochat.corpus.splits.drawing import draw

uneven = st.lists(st.integers(1, 30), min_size=2, max_size=9)


@given(uneven, st.data())
def test_no_other_choice_of_groups_comes_nearer_to_the_size(sizes, data):
    wanted = data.draw(st.integers(1, max(1, sum(sizes) // 2)))
    drawn = draw(sizes, wanted, Random(data.draw(st.integers(0, 99))))
    assert len(set(drawn)) == len(drawn)
    assert 0 < len(drawn) < len(sizes)
    choices = (some for count in range(1, len(sizes)) for some in combinations(sizes, count))
    nearest = min(abs(sum(some) - wanted) for some in choices)
    assert abs(sum(sizes[index] for index in drawn) - wanted) == nearest


@given(st.integers(2, 300), st.integers(0, 99), st.data())
def test_of_groups_of_one_the_first_of_a_shuffle_are_drawn(count, seed, data):
    wanted = data.draw(st.integers(1, count // 2))
    order = list(range(count))
    Random(seed).shuffle(order)
    assert draw([1] * count, wanted, Random(seed)) == order[:wanted]


def test_every_group_has_a_chance():
    sizes = [289, *[3] * 100, *[1] * 50]
    drawn = {index for seed in range(200) for index in draw(sizes, 64, Random(seed))}
    assert drawn == set(range(1, len(sizes)))
    assert 0 in {index for seed in range(100) for index in draw(sizes, 300, Random(seed))}
