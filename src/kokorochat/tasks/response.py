"""The response task (paper §5.1): from all that was said before to what the counselor says next.

The same is asked of the client's turns, for a partner to practise with; that isn't in the paper. Neighbouring
utterances of one role are merged into one turn, as in the paper. It prints neither what it puts between them nor its
instruction; the joiner here is named in every header, and the wording is our own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from msgspec import UNSET

from kokorochat import __version__
from kokorochat.domain.dialogue import Dialogue, Role, Utterance, is_out_of_role
from kokorochat.llm.chat import Message
from kokorochat.tasks.sample import Language, Sample, SampleHeader

Joiner = Literal["newline", "space", "nothing"]

JOINERS: dict[Joiner, str] = {"newline": "\n", "space": " ", "nothing": ""}
"""What may stand between merged utterances. No released utterance holds a line break, so "newline" can be undone."""

INSTRUCTIONS: dict[Language, str] = {
    "ja": (
        "あなたは、文字のやりとりで相談を受けるカウンセラーです。相談者の言葉をていねいに受けとめ、気持ちと状況を確かめながら、"
        "一緒に考えてください。ここまでのやりとりを踏まえ、カウンセラーとしての次の発言だけを日本語で書いてください。"
        "改行で区切れば、短い発言を続けて送ることもできます。"
    ),
    "en": (
        "You are a counselor who talks with a client by text chat. Take in with care what the client says, make sure "
        "of their feelings and situation, and think together with them. Going by the talk so far, write only what you "
        "as the counselor say next, in Japanese. Line breaks divide it into several short messages."
    ),
}
"""The system message, in the two languages in which it may be asked; the talk itself stays as it is."""

CLIENT_INSTRUCTIONS: dict[Language, str] = {
    "ja": (
        "あなたは、文字のやりとりでカウンセラーに相談している相談者です。ここまでのやりとりと食い違わないように、相談者としての次の発言だけを"
        "日本語で書いてください。改行で区切れば、短い発言を続けて送ることもできます。"
    ),
    "en": (
        "You are a client who talks with a counselor by text chat. Going by the talk so far and in keeping with it, "
        "write only what you as the client say next, in Japanese. Line breaks divide it into several short messages."
    ),
}
"""The same where the client's next turn is asked for."""


_SENTENCE_END = re.compile(r"(?:[。．！？!?…♪\n]|\.(?=\s))[。．！？!?…♪\s」』）)”\"]*")


def whole_sentences(text: str) -> str:
    """A text that was broken off, up to the end of its last whole sentence or line; empty if none is whole."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    return text[: ends[-1]].strip() if ends else ""


@dataclass(frozen=True, slots=True)
class MergedTurn:
    """Neighbouring utterances of one role as one.

    Attributes:
        index: of the first of them in the dialogue, from 0.
    """

    index: int
    role: Role
    text: str


def merged_turns(
    utterances: Sequence[Utterance], joiner: str = JOINERS["newline"], keep_out_of_role: bool = True
) -> list[MergedTurn]:
    """The turns of a talk; their roles alternate.

    Args:
        keep_out_of_role: leave bracketed talk outside the role in, as the paper's own counts do. Without it the
            utterances around it may become neighbours and be merged.
    """
    played = [(i, u) for i, u in enumerate(utterances) if keep_out_of_role or not is_out_of_role(u.text)]
    turns = []
    for role, group in groupby(played, key=lambda numbered: numbered[1].role):
        run = list(group)
        turns.append(MergedTurn(run[0][0], role, joiner.join(utterance.text for _, utterance in run)))
    return turns


def response_samples(
    dialogue: Dialogue,
    joiner: Joiner = "newline",
    language: Language = "ja",
    keep_out_of_role: bool = True,
    role: Role = Role.COUNSELOR,
) -> Iterator[Sample]:
    """A sample for each turn of a role that something was said before.

    The messages are the instruction and the whole history, the role as assistant and its partner as user; the
    target is the role's merged turn. A turn that opens the dialogue has no history and is no sample. The id is
    `123:17` if the turn begins with utterance 17 (from 0, unmerged) of dialogue 123.

    Args:
        joiner: a name in JOINERS.
        language: of the instruction.
        keep_out_of_role: see `merged_turns`.
        role: whose turns are asked for; the paper asks for the counselor's.
    """
    turns = merged_turns(dialogue.utterances, JOINERS[joiner], keep_out_of_role)
    instructions = INSTRUCTIONS if role is Role.COUNSELOR else CLIENT_INSTRUCTIONS
    messages = [Message("system", instructions[language])]
    for position, turn in enumerate(turns):
        if turn.role is role and position:
            yield Sample(f"{dialogue.id}:{turn.index}", tuple(messages), turn.text)
        messages.append(Message("assistant" if turn.role is role else "user", turn.text))


def dialogue_of(sample_id: str) -> str:
    """The id of the dialogue in which a response sample stands."""
    return sample_id.rpartition(":")[0]


def response_header(
    part: str | None,
    seed: int,
    *,
    split: str = "none",
    group: str = "none",
    joiner: Joiner = "newline",
    language: Language = "ja",
    keep_out_of_role: bool = True,
    command: str = "",
    role: Role = Role.COUNSELOR,
    corpus: str | None = None,
) -> SampleHeader:
    """The first line of a file of response samples.

    Args:
        part: of the split; None for the whole corpus, which no seed has touched.
        split: the rule of the split.
        group: what no two parts share.
        corpus: its digest, see `SampleHeader`.
    """
    return SampleHeader(
        version=__version__,
        task="response",
        part=part or "all",
        split=split,
        seed=seed if part else None,
        test_seed=None,
        out_of_role="kept" if keep_out_of_role else "left out",
        command=command,
        group=group,
        joiner=joiner,
        language=language,
        role="client" if role is Role.CLIENT else UNSET,
        corpus=corpus,
    )
