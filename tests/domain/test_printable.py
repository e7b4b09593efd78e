"""Words that are printed for people."""

import pytest

from kokorochat.domain.printable import counted


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 dialogues"), (1, "1 dialogue"), (2, "2 dialogues"), (5273, "5,273 dialogues")]
)
def test_one_thing_is_told_in_the_singular(count, told):
    assert counted(count, "dialogue") == told


def test_a_plural_may_be_a_word_of_its_own():
    assert (counted(1, "reply", "replies"), counted(2, "reply", "replies")) == ("1 reply", "2 replies")
