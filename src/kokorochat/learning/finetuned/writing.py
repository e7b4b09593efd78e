"""What a model writes behind prompts, each time the likeliest token."""

from collections.abc import Sequence

from kokorochat.learning.finetuned.base import computing
from kokorochat.learning.finetuned.branches import can_branch, write_branches
from kokorochat.learning.finetuned.libraries import torch, transformers
from kokorochat.learning.finetuned.storing import Loaded

_AT_ONCE = 32
"""Answers that grow side by side, which bounds the memory they need."""


def write(loaded: Loaded, prompt: Sequence[int], longest: int) -> list[int]:
    """What the model writes behind a prompt up to the token that ends its turn, that one included.

    Args:
        longest: tokens after which it is cut off.
    """
    tokens = torch.tensor([list(prompt)], device=loaded.device)
    greedy = transformers.GenerationConfig(
        do_sample=False,
        max_new_tokens=longest,
        eos_token_id=loaded.renderer.end,
        pad_token_id=loaded.renderer.end,
    )
    with torch.no_grad(), computing(loaded.run, loaded.device):
        whole = loaded.model.generate(
            input_ids=tokens, attention_mask=torch.ones_like(tokens), generation_config=greedy
        )
    said: list[int] = whole[0, len(prompt) :].tolist()
    return said


def writes_together(loaded: Loaded) -> bool:
    """Whether answers are written side by side: the run file allows it, and the model can."""
    return loaded.run.answer_together and can_branch(loaded.model)


def write_all(loaded: Loaded, prompts: Sequence[list[int]], longest: int) -> list[list[int]]:
    """The same behind each of some prompts; where it can, side by side, so that each dialogue is read once.

    A prompt shares what it can with those less than 32 places before or behind it.
    """
    if not writes_together(loaded):
        return [write(loaded, prompt, longest) for prompt in prompts]
    said = []
    for start in range(0, len(prompts), _AT_ONCE):
        said += write_branches(loaded, prompts[start : start + _AT_ONCE], longest)
    return said
