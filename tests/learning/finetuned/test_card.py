"""The card tells whoever gets a model how to serve it, and what is missing before a hub can take it."""

import re
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from factories import a_dialogue
from kokorochat.learning.finetuned.talks import response_talk
from parts import need_qlora
from tiny_models import RESPONSES

need_qlora()

from kokorochat.learning.finetuned.card import card  # noqa: E402
from kokorochat.learning.finetuned.plan import made_plan, rendered_part  # noqa: E402
from kokorochat.learning.finetuned.rendering import Renderer  # noqa: E402
from kokorochat.learning.finetuned.tiny import tiny_tokenizer  # noqa: E402
from kokorochat.learning.finetuned.training import Course  # noqa: E402

DOCS = Path(__file__).parents[3] / "docs" / "fine-tuning.md"


@pytest.fixture(scope="module")
def plan():
    tokenizer = tiny_tokenizer(["こんにちは。"], 300)
    talk = response_talk(a_dialogue("ようこそ。", "眠れません。", "いつからですか。"))
    part = rendered_part([talk], Renderer(tokenizer, tokenizer.chat_template, "tiny"), RESPONSES, "training part")
    return made_plan(part, part, RESPONSES, 0)


def written(plan, **changes):
    """The head and the text of a card."""
    run = msgspec.structs.replace(RESPONSES, **changes)
    look = {"step": 1, "loss": 1.0, "token_loss": 1.0}
    source, split = SimpleNamespace(name="ours", licence="none"), SimpleNamespace(rule="9:1")
    told = card(run, source, split, plan, Course(1, [look], 1), 0, "none", "typed", {})
    head, text = told.removeprefix("---\n").split("---\n", 1)
    return dict(line.split(": ", 1) for line in head.splitlines()), text


def test_the_command_for_vllm_is_the_one_of_the_docs(plan):
    told = re.search(r"^vllm serve (\S+) .*\\\n.*--max-model-len (\d+) .*\n", DOCS.read_text(encoding="utf-8"), re.M)
    base, longest = told[1], int(told[2])
    head, text = written(plan, base=base, quantization="nf4", longest=longest)
    assert head["base_model"] == base
    assert told[0].replace("high=out/high/model", "NAME=DIR").replace("out/high/model", "DIR") in text
    assert "hub" not in text


@pytest.mark.parametrize(("rank", "told"), [(1, 8), (8, 8), (9, 16), (64, 64)])
def test_it_leaves_out_what_the_run_had_not_and_has_room_for_its_adapters(plan, rank, told):
    _, text = written(plan, lora_rank=rank)
    assert f"vllm serve DIR/base --enable-lora --max-lora-rank {told} " in text
    assert "bitsandbytes" not in text


def test_a_base_that_was_a_folder_is_no_base_of_a_hub(plan):
    head, text = written(plan, base="/home/someone/models/llama")
    assert "base_model" not in head
    assert "**Not ready for a hub**" in text
    assert "`llama`" in text
    assert "/home/someone" not in text
    assert "vllm serve BASE --enable-lora" in text
