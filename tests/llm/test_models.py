"""Chat models by name, and the scripted ones."""

import asyncio
import json

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.llm.chat import Form, Message, Tokens, estimated_tokens
from kokorochat.llm.models import load_chat_model

ASKED = [Message("system", "a"), Message("user", "b")]
FORM = Form(
    "marks",
    {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": ["x", "y"]},
            "why": {"type": "string"},
            "mark": {"type": "integer", "minimum": 1},
            "all": {"type": "array", "items": {"enum": [0, 1]}, "minItems": 2},
            "sure": {"type": "boolean"},
        },
    },
)


def reply(name, form=None):
    return asyncio.run(load_chat_model(name).reply(ASKED, form))


def test_the_first_choice_fits_the_form():
    told = json.loads(reply("scripted:first-choice", FORM).text)
    assert told == {"kind": "x", "why": "scripted", "mark": 1, "all": [0, 0], "sure": False}


def test_the_echo_repeats_the_last_message():
    assert reply("scripted:echo").text == "b"


def test_a_scripted_model_costs_nothing_and_says_the_same_again():
    assert reply("scripted:first-choice") == reply("scripted:first-choice")
    assert reply("scripted:echo").tokens == Tokens()


@pytest.mark.parametrize("spec", ["openai", "openai:", "scripted:nobody", "gpt-4o", "", "hf:dir"])
def test_an_unknown_model_is_told_which_exist(spec):
    with pytest.raises(InputError, match="openai:NAME"):
        load_chat_model(spec)


def test_the_estimate_counts_japanese_by_letters_and_english_by_quarters():
    assert estimated_tokens("") == 0
    assert estimated_tokens("眠れません") == 5
    assert estimated_tokens("sleepless") == 3
