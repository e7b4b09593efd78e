"""From a talk to tokens and back: byte pair encoding (Sennrich et al. 2016), learnt on the training part alone.

A talk is one row of tokens: each turn is the token of its role and the tokens of its text. So the role that comes next
is also the sign that a turn has ended, and costs nothing.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.errors import InputError

UNKNOWN, CLIENT, COUNSELOR = 0, 1, 2
"""The first tokens. None of them is ever written as text."""

_NAMES = ["<unknown>", "<client>", "<counselor>"]

STAGES, RATINGS = 16, 10

LONGEST_TOKEN = 12
"""Characters of a token: whole clauses would be learnt by heart."""

FEWEST_CHARACTERS = 10
"""Times that a character must stand in the texts to be known."""

_CLAUSE = r"[。、．，！？!?\n\s「」（）()…]+"
"""What ends a clause; no token reaches over it, and it belongs to the clause before."""

Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]


def stage_of(turn: int) -> int:
    """The step of how far on a talk is: two for each doubling of the turns before."""
    return min(STAGES - 1, round(2 * math.log2(1 + turn)))


def rating_level(score: int) -> int:
    """The step of a client's rating from 0 to 100."""
    return min(RATINGS - 1, score // 10)


@dataclass(frozen=True)
class Talk:
    """A talk as a network reads it.

    Attributes:
        tokens: shape (tokens,).
        stages: of the turn in which each stands.
        due: whether it is one that the counselor is to write: of a turn with a history, and its end.
    """

    tokens: Ints
    stages: Ints
    due: Flags


class Vocabulary:
    """The tokens of a model."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._texts = ["", "", "", *(tokenizer.id_to_token(number) or "" for number in range(3, len(self)))]

    def __len__(self) -> int:
        """Tokens that are known, the three that are no text among them."""
        size: int = self._tokenizer.get_vocab_size()
        return size

    def tokens(self, text: str) -> list[int]:
        """The tokens of a text; a character that isn't known is one token, whichever it is."""
        found: list[int] = self._tokenizer.encode(_encodable(text)).ids
        return found

    def text(self, tokens: Iterable[int]) -> str:
        """The text of some tokens."""
        return "".join(self._texts[token] for token in tokens)

    def talk(self, turns: Sequence[tuple[bool, str]], counselor_next: bool = False) -> Talk:
        """A talk from its merged turns: of each, whether the client says it, and its text.

        At the end stands the token of the role that comes next: the other one's, or the counselor's in any case.
        """
        tokens, stages, due = list[int](), list[int](), list[bool]()
        ends = False
        for number, (client, text) in enumerate(turns):
            written = not client and number > 0
            found = self.tokens(text)
            tokens += [CLIENT if client else COUNSELOR, *found]
            stages += [stage_of(number)] * (1 + len(found))
            due += [ends, *([written] * len(found))]
            ends = written
        client_next = bool(turns) and not turns[-1][0] and not counselor_next
        tokens.append(CLIENT if client_next else COUNSELOR)
        stages.append(stage_of(len(turns)))
        due.append(ends)
        return Talk(np.array(tokens, dtype=np.int32), np.array(stages, dtype=np.int32), np.array(due))

    def json(self) -> bytes:
        """The form in which it is stored, that of the package tokenizers."""
        text: str = self._tokenizer.to_str(pretty=False)
        return text.encode()


def learn_vocabulary(dialogues: Iterable[Dialogue], size: int) -> Vocabulary:
    """The tokens of some dialogues.

    Raises:
        InputError: they hold no text.
    """
    texts = [utterance.text for dialogue in dialogues for utterance in dialogue.utterances]
    counts = Counter(character for text in texts for character in text)
    fewest = min(FEWEST_CHARACTERS, max(counts.values(), default=0))
    alphabet = sorted(
        character for character, count in counts.items() if count >= fewest and _encodable(character) == character
    )
    if not alphabet:
        raise InputError("training part", "its dialogues hold no text", "Name a corpus in which people talk")
    tokenizer = Tokenizer(models.BPE(unk_token=_NAMES[UNKNOWN]))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_CLAUSE), "merged_with_previous")
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=_NAMES,
        initial_alphabet=["\n", *alphabet],
        limit_alphabet=len(alphabet) + 1,
        max_token_length=LONGEST_TOKEN,
        show_progress=False,
    )
    known = set(alphabet)
    tokenizer.train_from_iterator(
        ("".join(c if c in known else "\n" for c in _encodable(text)) for text in texts), trainer
    )
    return Vocabulary(tokenizer)


def _encodable(text: str) -> str:
    """A text with half a surrogate pair, which no tokenizer takes, as another unknown character."""
    return text.encode("utf-8", "replace").decode()


def turns_of(dialogue_turns: Iterable[tuple[Role, str]]) -> list[tuple[bool, str]]:
    """Turns as `Vocabulary.talk` takes them."""
    return [(role is Role.CLIENT, text) for role, text in dialogue_turns]
