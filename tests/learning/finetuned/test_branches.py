"""Prompts that share a talk are branches of one trunk; and a model that can't branch is known."""

import pytest

from parts import need_qlora

need_qlora()

import transformers  # noqa: E402

from kokorochat.learning.finetuned.branches import Trunk, can_branch, forests, trunks  # noqa: E402

SMALL = {
    "vocab_size": 32,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "pad_token_id": 0,
}


def test_a_prompt_grows_out_of_the_one_that_begins_with_it():
    assert trunks([[1, 2], [1, 2, 3, 4], [1, 2, 3]]) == [Trunk([1, 2, 3, 4], {1: 4, 2: 3, 0: 2})]


def test_the_same_prompt_twice_is_read_once():
    assert trunks([[1, 2], [1, 2]]) == [Trunk([1, 2], {0: 2, 1: 2})]


def test_prompts_that_part_are_trunks_of_their_own():
    assert trunks([[1, 2, 3], [1, 9], [1, 2]]) == [Trunk([1, 2, 3], {0: 3, 2: 2}), Trunk([1, 9], {1: 2})]
    assert trunks([]) == []


def test_as_many_trunks_stand_side_by_side_as_there_is_room_for_and_a_longer_one_alone():
    sizes = [9, 4, 3, 2, 1]
    found = [Trunk([0] * size, {}) for size in sizes]
    placed = [[len(trunk.tokens) for trunk in forest] for forest in forests(found, 7)]
    assert placed == [[9], [4, 3], [2, 1]]
    assert list(forests([], 7)) == []


@pytest.mark.parametrize("kind", ["LlamaConfig", "Qwen2Config", "Qwen3Config", "MistralConfig"])
def test_a_model_that_sees_all_that_was_said_can_branch(kind):
    settings = SMALL | ({"sliding_window": None} if kind == "MistralConfig" else {})
    config = getattr(transformers, kind)(**settings)
    assert can_branch(transformers.AutoModelForCausalLM.from_config(config))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("MistralConfig", SMALL | {"sliding_window": 8}),
        ("Gemma2Config", SMALL | {"sliding_window": 8}),
        ("LlamaConfig", SMALL | {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}}),
        ("BloomConfig", {"vocab_size": 32, "hidden_size": 16, "n_layer": 1, "n_head": 2}),
        (
            "FalconConfig",
            {"vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "alibi": True},
        ),
        ("MambaConfig", {"vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 1, "state_size": 4}),
        ("GPT2Config", {"vocab_size": 32, "n_embd": 16, "n_layer": 1, "n_head": 2}),
    ],
)
def test_one_that_looks_back_over_a_window_or_knows_places_otherwise_can_not(kind, settings):
    config = getattr(transformers, kind)(**settings)
    assert not can_branch(transformers.AutoModelForCausalLM.from_config(config))
