"""Groups: what touches is one."""

from hypothesis import given
from hypothesis import strategies as st

from factories import an_outline
from kokorochat.corpus.splits.grouping import Groups, groups_of


@given(st.integers(1, 30), st.data())
def test_groups_are_the_connected_components(count, data):
    things = st.integers(0, count - 1)
    links = data.draw(st.lists(st.tuples(things, things), max_size=40))
    groups = Groups(count)
    for one, other in links:
        groups.join(one, other)
    known = groups.numbers()
    lowest = list(range(count))
    for _ in range(count):
        for one, other in links:
            lowest[one] = lowest[other] = min(lowest[one], lowest[other])
    assert [known.index(number) for number in known] == lowest


def test_clients_whose_dialogues_the_source_keeps_together_are_one_group():
    corpus = [
        an_outline(1, client="a"),
        an_outline(2, client="b", group="video"),
        an_outline(3, client="a", group="video"),
    ]
    assert groups_of(corpus, "client", None) == [0, 0, 0]
    assert groups_of(corpus, "none", None) == [0, 1, 1]
