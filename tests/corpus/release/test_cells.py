"""Small counts can't be read off a published table, nor had by subtraction."""

from hypothesis import given
from hypothesis import strategies as st

from kokorochat.corpus.release.cells import FEWEST, alone, shown, written

tables = st.dictionaries(st.integers(), st.integers(0, 60), max_size=12)


@given(tables)
def test_no_small_count_is_shown_and_what_is_shown_is_true(cells):
    for name, count in shown(cells).items():
        assert count is None or (count == cells[name] and not 0 < count < FEWEST)


@given(tables)
def test_the_hidden_are_several_and_together_not_small_if_anything_else_is_shown(cells):
    table = shown(cells)
    hidden = [cells[name] for name, count in table.items() if count is None]
    if hidden and any(table.values()):
        assert len(hidden) >= 2
        assert sum(hidden) >= FEWEST


def test_one_small_count_hides_the_next_smallest_with_it():
    assert shown({"a": 3, "b": 40, "c": 12}) == {"a": None, "b": 40, "c": None}


def test_nothing_is_hidden_without_a_small_count():
    assert shown({"a": 10, "b": 0}) == {"a": 10, "b": 0}


def test_a_count_by_itself_is_hidden_from_1_to_9():
    assert [alone(count) for count in (0, 1, 9, 10)] == [0, None, None, 10]
    assert written(alone(9)) == "not shown"
    assert written(1234) == "1,234"
