"""The twenty values as digits: the answer's form is written by us, and the model is asked for each digit alone."""

import json
from collections.abc import Sequence
from typing import Any

from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import HIGHEST, ITEM_KEYS, LOWEST
from kokorochat.learning.finetuned.base import computing
from kokorochat.learning.finetuned.libraries import torch
from kokorochat.learning.finetuned.rendering import Renderer
from kokorochat.learning.finetuned.settings import FineTuning

VALUES = range(LOWEST, HIGHEST + 1)


class Form:
    """The tokens of an answer to the score task, between which its twenty digits stand."""

    def __init__(self, renderer: Renderer) -> None:
        """Take the answer's form apart.

        Raises:
            InputError: in this base's tokens a digit doesn't stand for itself.
        """
        pieces = [f'"{key}": ' for key in ITEM_KEYS]
        pieces = ["{" + pieces[0], *(", " + piece for piece in pieces[1:]), "}"]
        self.pieces = [renderer.tokens(piece) for piece in pieces]
        self.digits = [token for value in VALUES for token in renderer.tokens(str(value))]
        for value in VALUES:
            whole = renderer.tokens(json.dumps(dict.fromkeys(ITEM_KEYS, value)))
            if len(self.digits) != len(VALUES) or whole != self.filled([value] * len(ITEM_KEYS)):
                problem = "its tokens join digits with what stands beside them, so that they can't be asked for alone"
                raise InputError(f"base {renderer.base}", problem, 'Set best_by = "loss"')

    def filled(self, values: Sequence[int]) -> list[int]:
        """The tokens of an answer."""
        tokens = list(self.pieces[0])
        for value, piece in zip(values, self.pieces[1:], strict=True):
            tokens += [self.digits[value - LOWEST], *piece]
        return tokens


def read_digits(model: Any, prompt: Sequence[int], form: Form, run: FineTuning, device: Any) -> list[list[float]]:
    """The probabilities of the six values of each item, in the order of the items.

    The dialogue is read once; nineteen short steps go on from what is kept of it. Behind each likeliest digit the form
    goes on, so an item is asked for after the ones before it, as the model has learnt it.

    Args:
        prompt: the tokens that ask for an answer.
    """
    found, due, past = [], [*prompt, *form.pieces[0]], None
    digits = torch.tensor(form.digits, device=device)
    for piece in form.pieces[1:]:
        with torch.no_grad(), computing(run, device):
            read = model(
                input_ids=torch.tensor([due], device=device), past_key_values=past, use_cache=True, logits_to_keep=1
            )
        past = read.past_key_values
        odds = read.logits[0, -1, digits].float().softmax(dim=-1)
        found.append(odds.tolist())
        due = [form.digits[int(odds.argmax())], *piece]
    return found


def likeliest(probabilities: Sequence[Sequence[float]]) -> dict[str, int]:
    """The value of each item that is most probable."""
    return {
        key: max(VALUES, key=lambda value: odds[value - LOWEST])
        for key, odds in zip(ITEM_KEYS, probabilities, strict=True)
    }
