"""The twenty items, the three checks and the rule of the total (paper Table 2, A.3)."""

from hypothesis import given
from hypothesis import strategies as st

from kokorochat.domain.feedback import CHECK_KEYS, CHECKS, ITEM_KEYS, ITEMS, Aspect, feedback_faults, total_score

items = st.lists(st.integers(0, 5), min_size=20, max_size=20)
checks = st.sets(st.sampled_from(CHECK_KEYS))


def test_there_are_twenty_items_in_the_papers_order():
    assert [item.code for item in ITEMS] == [f"D{number}" for number in range(1, 21)]
    assert len({item.key for item in ITEMS}) == len({item.japanese for item in ITEMS}) == 20


def test_items_fall_into_the_papers_seven_aspects():
    sizes = [sum(item.aspect is aspect for item in ITEMS) for aspect in Aspect]
    assert sizes == [2, 2, 2, 2, 2, 2, 8]


def test_the_first_two_checks_set_the_total_to_zero_and_the_third_halves_it():
    assert [check.effect for check in CHECKS] == ["zero", "zero", "half"]


@given(items)
def test_without_a_check_the_total_is_the_sum(values):
    assert total_score(values, ()) == sum(values)


@given(items, checks)
def test_zero_wins_over_halving(values, marked):
    total = total_score(values, marked)
    if marked & {"harmful_due_to_ignorance", "other_potentially_unethical"}:
        assert total == 0
    elif marked:
        assert total == sum(values) // 2


def test_a_half_point_is_dropped():
    assert total_score([3] * 19 + [4], {"unwilling_to_continue"}) == 30


def test_good_feedback_has_no_fault():
    assert feedback_faults(dict.fromkeys(ITEM_KEYS, 3), ["unwilling_to_continue"]) == {}


def test_each_fault_is_named_by_its_key():
    values = {**dict.fromkeys(ITEM_KEYS, 3), "felt_respected": 6, "gained_new_insights": "3", "warmth": 1}
    values["felt_heard_and_understood"] = True
    del values["conversation_was_valuable"]
    assert set(feedback_faults(values, ["shouting"])) == {
        "felt_respected",
        "gained_new_insights",
        "warmth",
        "felt_heard_and_understood",
        "conversation_was_valuable",
        "shouting",
    }
