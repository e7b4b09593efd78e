"""The probabilities of a chat model's scores: told for sure, or not at all."""

import json
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.learning.chat.digits import digit_probabilities
from kokorochat.llm.chat import Choice, Reply, Tokens

SURE = {"3": log(0.5), " 4": log(0.25), "4": log(0.125), "x": log(0.125)}


def a_reply(value="3", alternatives=SURE, around=("", ""), key=": "):
    """A reply with twenty equal values, each a token of its own."""
    choices = [Choice(around[0], {})] if around[0] else []
    for number, item in enumerate(ITEM_KEYS):
        before = "{" if number == 0 else ", "
        choices += [Choice(f'{before}"{item}"{key}', {}), Choice(value, alternatives)]
    choices.append(Choice("}" + around[1], {}))
    return Reply("".join(choice.text for choice in choices), "stop", Tokens(), choices=tuple(choices))


def test_they_are_those_of_the_six_digits_in_the_values_place():
    found = digit_probabilities(a_reply())
    assert list(found) == list(ITEM_KEYS)
    for values in found.values():
        assert values == pytest.approx([0, 0, 0, 0.5 / 0.875, 0.375 / 0.875, 0])


@pytest.mark.parametrize(
    "reply",
    [a_reply(around=("```json\n", "\n```")), a_reply(value=" 3", key=":"), a_reply(value="3", key='" : '[1:])],
)
def test_prose_around_and_white_space_within_do_no_harm(reply):
    assert digit_probabilities(reply) is not None


def test_the_end_of_the_talk_may_stand_behind_the_text():
    reply = a_reply()
    assert digit_probabilities(Reply(reply.text, "stop", None, choices=(*reply.choices, Choice("<end>", {}))))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(a_reply().text, "stop", Tokens()),
        Reply(a_reply().text, "stop", Tokens(), choices=a_reply().choices[1:]),
        Reply(a_reply().text, "stop", Tokens(), choices=a_reply().choices[:-1]),
        a_reply(alternatives={}),
        a_reply(alternatives={"4": log(0.9)}),
        a_reply(around=('"felt_respected": 3 ', "")),
        a_reply(value="3", key='": "'),
        Reply(json.dumps({"a": 3}), "stop", Tokens(), choices=(Choice(json.dumps({"a": 3}), SURE),)),
        Reply(a_reply().text, "stop", Tokens(), choices=(Choice(a_reply().text, SURE),)),
    ],
)
def test_where_they_are_not_sure_there_are_none(reply):
    assert digit_probabilities(reply) is None


@given(st.dictionaries(st.sampled_from(["0", "1", "2", "3", "4", "5", " 5", "5,", "6", "33", ""]), st.floats(-30, 1)))
def test_whatever_is_told_they_are_probabilities_or_nothing(alternatives):
    found = digit_probabilities(a_reply(alternatives=alternatives))
    if "3" not in alternatives:
        assert found is None
    else:
        for values in found.values():
            assert sum(values) == pytest.approx(1)
            assert all(0 <= value <= 1 for value in values)
