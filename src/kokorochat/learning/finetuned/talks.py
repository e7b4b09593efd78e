"""What a language model is to learn of a dialogue: the messages of a chat, and which of them it is to say."""

from dataclasses import dataclass, replace

from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.errors import InputError
from kokorochat.llm.chat import Message
from kokorochat.tasks.response import (
    CLIENT_INSTRUCTIONS,
    INSTRUCTIONS,
    JOINERS,
    Joiner,
    merged_turns,
)
from kokorochat.tasks.sample import Language
from kokorochat.tasks.score import score_sample


@dataclass(frozen=True)
class Talk:
    """A dialogue as a chat.

    Attributes:
        id: of the dialogue.
        messages: the question's and the answers'; of the first the instruction.
        learnt: {place among the messages: id of the sample} of each that is to be learnt, in order. What stands before
            such a place are the messages of that sample.
        left_out: the oldest turns, or lines, that were left out.
    """

    id: str
    messages: tuple[Message, ...]
    learnt: dict[int, str]
    left_out: int = 0


def response_talk(
    dialogue: Dialogue,
    joiner: Joiner = "newline",
    language: Language = "ja",
    keep_out_of_role: bool = True,
    role: Role = Role.COUNSELOR,
) -> Talk:
    """All turns of a dialogue, of which those of a role with a history are learnt.

    A turn that opens the dialogue is read and not learnt, as it is no sample of the response task.

    Args:
        joiner: a name in `tasks.response.JOINERS`.
        language: of the instruction.
        keep_out_of_role: see `tasks.response.merged_turns`.
        role: whose turns are learnt.
    """
    instructions = INSTRUCTIONS if role is Role.COUNSELOR else CLIENT_INSTRUCTIONS
    messages, learnt = [Message("system", instructions[language])], dict[int, str]()
    for position, turn in enumerate(merged_turns(dialogue.utterances, JOINERS[joiner], keep_out_of_role)):
        if turn.role is role and position:
            learnt[len(messages)] = f"{dialogue.id}:{turn.index}"
        messages.append(Message("assistant" if turn.role is role else "user", turn.text))
    return Talk(dialogue.id, tuple(messages), learnt)


def score_talk(dialogue: Dialogue, keep_out_of_role: bool = False) -> Talk:
    """The question for the twenty items of a dialogue, and their values as the answer that is learnt.

    Raises:
        InputError: the dialogue has no feedback.
    """
    sample = score_sample(dialogue, keep_out_of_role)
    if sample.target is None:
        raise InputError(f"dialogue {dialogue.id}", "has no twenty-item feedback to learn", "Leave it out")
    messages = (*sample.messages, Message("assistant", sample.target))
    return Talk(dialogue.id, messages, {len(sample.messages): sample.id})


def turns_to_drop(talk: Talk) -> int:
    """How many of the oldest turns can go before nothing is left to learn from.

    In the response task the last reply and the turn before it stay; in the score task one line of the transcript.
    """
    if _is_transcript(talk):
        return talk.messages[1].content.count("\n")
    return max(talk.learnt, default=1) - 2


def without_oldest(talk: Talk, count: int) -> Talk:
    """The same with its oldest turns, or the oldest lines of a transcript, left out.

    A reply that has lost its whole history is read and no longer learnt.

    Args:
        count: 0 up to `turns_to_drop`.
    """
    if not count:
        return talk
    if _is_transcript(talk):
        instruction, question, *answer = talk.messages
        lines = question.content.split("\n")[count:]
        messages = (instruction, Message("user", "\n".join(lines)), *answer)
        return replace(talk, messages=messages, left_out=count)
    kept = {place - count: sample for place, sample in talk.learnt.items() if place - count > 1}
    return Talk(talk.id, (talk.messages[0], *talk.messages[1 + count :]), kept, count)


def _is_transcript(talk: Talk) -> bool:
    """Whether it is a question about a whole dialogue, which stands in one message."""
    return len(talk.messages) == 3 and talk.learnt == {2: talk.id}
