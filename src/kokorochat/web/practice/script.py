"""What is written for a partner to say: a client's script, and a few words of a counselor's for anything."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from kokorochat.domain.dialogue import Dialogue, Role, is_out_of_role

FAREWELL = "そろそろ時間ですね。今日は話を聞いてくださって、ありがとうございました。"
_LISTENING = (
    "そうなのですね。もう少し詳しく聞かせていただけますか。",
    "お話しくださって、ありがとうございます。そのとき、どのようなお気持ちでしたか。",
    "それは、あなたにとって大きなことだったのですね。",
    "いま、いちばん気にかかっているのはどのようなことでしょうか。",
    "そのことを、これまでどなたかに話されたことはありますか。",
    "これから、どのようになっていくとよいと思われますか。",
)
_AHEAD = 3
"""How many turns of the script may be skipped to answer what was really asked."""


def listening(turn: int) -> str:
    """What a counselor may say to any words: the next of a few each time.

    Args:
        turn: how often the client has spoken.
    """
    return _LISTENING[(turn - 1) % len(_LISTENING)]


@dataclass(frozen=True, slots=True)
class _Turn:
    """What the counselor said in the script, and the client's messages that followed."""

    prompt: str
    answer: tuple[str, ...]


def client_answer(dialogue: Dialogue, said: Sequence[str], answered: int) -> tuple[str, ...]:
    """The client's messages after the counselor's newest words.

    The script is followed in order, so that its story unfolds; among the next few turns the one whose prompt is most
    like the counselor's words is taken, so that a question gets its answer.

    Args:
        dialogue: the role-play that is followed.
        said: what the real counselor said, one string for each turn so far, the newest last.
        answered: how many of these turns have had an answer already.
    """
    script = list(_turns(dialogue))
    position = 0
    chosen: _Turn | None = None
    for words in said[: answered + 1]:
        ahead = script[position : position + _AHEAD]
        if not ahead:
            return (FAREWELL,)
        likeness = [_likeness(words, turn.prompt) for turn in ahead]
        best = max(range(len(ahead)), key=lambda index: (likeness[index] - 0.1 * index, -index))
        chosen = ahead[best]
        position += best + 1
    return chosen.answer if chosen else ()


def _turns(dialogue: Dialogue) -> Iterator[_Turn]:
    played = [utterance for utterance in dialogue.utterances if not is_out_of_role(utterance.text)]
    prompt = ""
    for role, group in groupby(played, key=lambda utterance: utterance.role):
        texts = tuple(utterance.text for utterance in group)
        if role is Role.COUNSELOR:
            prompt = "".join(texts)
        else:
            yield _Turn(prompt, texts)


def _likeness(a: str, b: str) -> float:
    """Shared character pairs, 0 to 1 (Dice)."""
    pairs_a, pairs_b = Counter(pairwise(a)), Counter(pairwise(b))
    both = pairs_a.total() + pairs_b.total()
    return 2 * (pairs_a & pairs_b).total() / both if both else 0.0
