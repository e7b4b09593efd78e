"""The decision that is best for one metric: no other value does better by the probabilities."""

from hypothesis import given
from hypothesis import strategies as st

from kokorochat.evaluation.decoding import BEST_FOR, median, mode, window

probabilities = st.lists(st.floats(0.001, 1), min_size=6, max_size=6).map(lambda w: [x / sum(w) for x in w])

GAIN = {
    "acc": lambda said, told: told[said],
    "acc_soft": lambda said, told: sum(p for due, p in enumerate(told) if abs(said - due) <= 1),
    "mae": lambda said, told: -sum(p * abs(said - due) for due, p in enumerate(told)),
}


@given(probabilities)
def test_no_other_value_is_better_for_its_metric(told):
    for metric, decide in BEST_FOR.items():
        best = max(GAIN[metric](value, told) for value in range(6))
        assert GAIN[metric](decide(told), told) >= best - 1e-9


def test_the_lowest_of_equally_good_values_is_taken():
    assert mode([0, 0.5, 0, 0.5, 0, 0]) == 1
    assert window([0.5, 0, 0, 0, 0, 0.5]) == 0
    assert median([0.5, 0, 0, 0, 0, 0.5]) == 0
