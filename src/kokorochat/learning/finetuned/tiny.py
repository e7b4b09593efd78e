"""A base that needs no download: a Llama of random weights, with tokens that are learnt from the training part."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from kokorochat.domain.errors import InputError
from kokorochat.learning.finetuned.libraries import torch, transformers
from kokorochat.learning.finetuned.settings import TinyBase
from kokorochat.learning.finetuned.templates import END, PLAIN_TEMPLATE, PLAIN_TOKENS

_PLACES = 32_768
"""Tokens up to which the positions are good; a dialogue of single bytes may have that many."""


def make_tiny(folder: Path, tiny: TinyBase, texts: Iterable[str], seed: int) -> None:
    """Write a base to a folder, as transformers reads it.

    Args:
        texts: whose tokens are learnt.
        seed: draws the weights.

    Raises:
        InputError: the heads don't divide the width into even parts.
    """
    if tiny.width % (2 * tiny.heads):
        problem = f"{tiny.width} is no multiple of twice the {tiny.heads} heads"
        raise InputError("base, width", problem, "Change one of them")
    tokenizer = tiny_tokenizer(texts, tiny.vocabulary)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=tiny.width,
        # Llama's share, in whole blocks of 64 for the quantisation.
        intermediate_size=max(64, tiny.width * 8 // 3 // 64 * 64),
        num_hidden_layers=tiny.layers,
        num_attention_heads=tiny.heads,
        num_key_value_heads=tiny.heads,
        max_position_embeddings=_PLACES,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        dtype="bfloat16",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = transformers.LlamaForCausalLM(config).to(torch.bfloat16)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def tiny_tokenizer(texts: Iterable[str], size: int) -> Any:
    """Byte pair encoding of bytes, so that any text can be written; each digit is a token of its own."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(PLAIN_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator((text.encode("utf-8", "replace").decode() for text in texts), trainer)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=made, eos_token=END, pad_token=END)
    tokenizer.chat_template = PLAIN_TEMPLATE
    return tokenizer
