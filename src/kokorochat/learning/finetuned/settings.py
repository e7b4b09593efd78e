"""The settings of fine-tuning: what its run files hold."""

from typing import Annotated, Literal

import msgspec

from kokorochat.corpus.splits.grouping import Group
from kokorochat.learning.bounds import Positive, Seed, Strength, Weight
from kokorochat.tasks.response import Joiner
from kokorochat.tasks.sample import Language

Count = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]
Width = Annotated[int, msgspec.Meta(ge=16, le=8192)]
Small = Annotated[int, msgspec.Meta(ge=1, le=256)]

BASE, PLAIN = "base", "plain"
"""What `template` may name besides a file."""

MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The projections of a block that the paper adapts (D.1)."""


class TinyBase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A base that the run makes for itself: a Llama of random weights, whose tokens are learnt from the training part.

    It shows that everything works, and answers nothing of use.
    """

    width: Width = 512
    """Numbers of a hidden state; of fewer than 512 an 8-bit optimizer keeps 32 bits."""

    layers: Small = 2
    """Blocks of attention and multiplication."""

    heads: Small = 8
    """Of attention; they divide the width."""

    vocabulary: Annotated[int, msgspec.Meta(ge=300, le=65_536)] = 1024
    """Tokens, 256 single bytes among them."""


class FineTuning(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all runs of fine-tuning have."""

    model: Literal["finetuned"]
    """The kind of model: the prefix of MODEL on the command line."""

    corpus: str | None = None
    """The corpus folder, from the run file's own folder; `--corpus` goes before it."""

    seed: Seed = 0
    """Draws train and validation, the order of what is learnt, and dropout; `--seed` goes before it."""

    base: str | TinyBase
    """What is taught: a folder, from the run file's own; else a name in the local cache of models, or a tiny base that
    the run makes."""

    template: str = BASE
    """How a talk is written for it: "base" for the base's own chat template, "plain" for ours, or a file (.jinja), from
    the run file's own folder."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where it is taught; "auto" takes a GPU where there is one."""

    quantization: Literal["nf4", "none"] = "nf4"
    """Bits of the weights that stay: NF4, or those of the base."""

    double_quantization: bool = True
    """Quantise the constants of quantisation too."""

    compute: Literal["bfloat16", "float32"] = "bfloat16"
    """Numbers in which it is computed; the adapters themselves are kept as float32."""

    lora_rank: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 8
    """Rank of an adapter."""

    lora_alpha: Strength = 16.0
    """Divided by the rank, how much an adapter counts."""

    lora_dropout: Share = 0.05
    """Share of an adapter's input that is left out in training."""

    lora_modules: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = MODULES
    """The layers that get one, by the end of their names."""

    optimizer: Literal["adamw_torch_fused", "adamw_8bit", "paged_adamw_8bit"] = "adamw_8bit"
    """By the names of transformers. Without a GPU the paged one is the other 8-bit one."""

    rate: Strength
    """Of the optimizer at its height."""

    warmup: Count = 100
    """Steps over which the rate rises."""

    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """How it falls to nothing afterwards, or that it stays."""

    weight_decay: Weight = 0.0
    """Of AdamW."""

    clip: Weight = 1.0
    """The longest gradient of a step; 0 for any length."""

    batch: Positive
    """Dialogues of a step, on all devices together; where each response is learnt for itself, responses."""

    at_once: Positive = 1
    """Of these, so many go through the model at once: more are faster, need more memory, and give the same gradient."""

    epochs: Annotated[float, msgspec.Meta(gt=0, le=1000)]
    """Times that the training part is shown."""

    most_steps: Count = 0
    """Steps after which it ends in any case; 0 for as many as the epochs have."""

    longest: Annotated[int, msgspec.Meta(ge=64, le=1_000_000)] = 8192
    """Tokens of a dialogue that are read."""

    too_long: Literal["refuse", "drop-oldest"] = "refuse"
    """What is done with a longer one: the run ends before it begins, or the oldest turns are left out and counted."""

    length_buckets: bool = True
    """Put dialogues of like length into a step, which saves padding; which ones follows from the seed."""

    gradient_checkpointing: bool = False
    """Compute each block twice, and so need much less memory."""

    validate_every: Count
    """Steps after which the validation part is looked at; 0 for the end of each epoch."""

    validation_most: Count = 0
    """Dialogues of the validation part that are looked at; 0 for all."""

    checkpoint_every: Positive = 50
    """Steps after which the state is stored, to go on from; it is stored after each look at the validation part too."""

    validation_dialogues: Count = 0
    """Dialogues of the validation part that are answered in full and measured after training; of responses those of
    the best rated first."""

    longest_answer: Positive = 256
    """Tokens of an answer; what is longer is cut off there."""

    answer_together: bool = True
    """Read each dialogue once for all its answers, and write them side by side; else one after the other, each behind a
    new reading. The tokens are the same, but for near ties in bfloat16."""


class ResponseFineTuning(FineTuning, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of one run of response generation by fine-tuning."""

    task: Literal["response"]
    """The task that is learnt."""

    group: Group = "duplicates"
    """What no two parts shall share; `--group` goes before it. So no case of the test part is learnt."""

    part: Literal["low", "high", "full"] = "full"
    """Whose training part is learnt: the paper's Kokoro-Low, -High or -Full."""

    role: Literal["counselor", "client"] = "counselor"
    """Whose turns are learnt; in the paper the counselor's."""

    joiner: Joiner = "newline"
    """What stands between merged utterances of a reply."""

    language: Language = "ja"
    """Of the instruction."""

    keep_out_of_role: bool = True
    """Leave bracketed talk in histories and replies, as in the paper's counts."""

    loss: Literal["dialogue", "response"] = "dialogue"
    """Read each dialogue once and learn all its replies, or again for each reply; the losses of replies are equal."""

    weighting: Literal["token", "reply"] = "token"
    """Which of them weigh alike in a step: tokens, or replies whatever their length."""


class ScoreFineTuning(FineTuning, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of one run of score prediction by fine-tuning."""

    task: Literal["score"]
    """The task that is learnt."""

    test_seed: Seed = 0
    """Draws the test part, which all seeds share (paper D.2)."""

    group: Group = "none"
    """What no two parts shall share; `--group` goes before it. The paper divides at random."""

    keep_out_of_role: bool = False
    """Leave bracketed talk and the closing exchange in the input; both tell of the rating, so not by default."""

    best_by: Literal["accuracy", "loss"] = "accuracy"
    """Which look at the validation part is kept: that with most items right, or with the least loss."""
