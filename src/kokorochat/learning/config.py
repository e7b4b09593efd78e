"""Run files: one TOML file is one row of a table in the paper, or of ours beside it."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from kokorochat.corpus.faults import field_fault
from kokorochat.corpus.splits.grouping import Group
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.tasks.lines import file_bytes
from kokorochat.tasks.response import Joiner

Positive = Annotated[int, msgspec.Meta(ge=1)]
Seed = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
Strength = Annotated[float, msgspec.Meta(gt=0, le=1e12)]
Weight = Annotated[float, msgspec.Meta(ge=0, le=1e6)]


class TextBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one role says in one stretch of the talk, read as one bag of n-grams."""

    role: Role
    """Who says it."""

    last: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    """The stretch: the last part of the utterances, 1 for the whole talk."""

    weight: Strength = 1.0
    """How much it counts beside the other blocks and `dynamics`."""


class ScoreRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one run of score prediction with the ordinal model."""

    task: Literal["score"]
    """The task that is learnt."""

    model: Literal["ordinal"]
    """The kind of model: the prefix of MODEL on the command line."""

    corpus: str | None = None
    """The corpus folder, from the run file's own folder; `--corpus` goes before it."""

    seed: Seed = 0
    """Draws train and validation; `--seed` goes before it. The paper takes five. Nothing else is drawn."""

    test_seed: Seed = 0
    """Draws the test part, which all seeds share (paper D.2)."""

    group: Group = "none"
    """What no two parts shall share; `--group` goes before it. The paper divides at random."""

    keep_out_of_role: bool = False
    """Leave bracketed talk and the closing exchange in the input; both tell of the rating, so not by default."""

    knows_rater: bool = False
    """Tell the model who rates, in training and in answering. That is another task, and every signature says so."""

    longest_gram: Annotated[int, msgspec.Meta(ge=1, le=4)] = 4
    """Character n-grams of 1 up to so many characters are counted, separately for each block."""

    rarest: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.002
    """The share of the training dialogues in which an n-gram must stand, and never fewer than two of them."""

    texts: tuple[TextBlock, ...] = (
        TextBlock(Role.CLIENT, 1.0, 1.5),
        TextBlock(Role.CLIENT, 0.25, 1.0),
        TextBlock(Role.CLIENT, 0.125, 1.0),
        TextBlock(Role.COUNSELOR, 1.0, 1.0),
        TextBlock(Role.COUNSELOR, 0.25, 0.5),
    )
    """What is read of the words."""

    dynamics: Weight = 0.4
    """How much the course of the talk counts: lengths, times and marks; 0 leaves it out."""

    rater_effect: Weight = 0.4
    """The variance of a rater's own level. It is told apart from what the talk does where parts share no client, or
    where the model knows the rater; elsewhere no id is used."""

    alphas: Annotated[tuple[Strength, ...], msgspec.Meta(min_length=1)] = (4.0, 7.0, 12.0)
    """Strengths of the ridge penalty; that with the smallest squared error on training dialogues left out is kept."""


class TopicRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one run of topic prediction with the embedded classifier."""

    task: Literal["topic"]
    """The task that is learnt."""

    model: Literal["topics"]
    """The kind of model: the prefix of MODEL on the command line."""

    corpus: str | None = None
    """The corpus folder, from the run file's own folder; `--corpus` goes before it."""

    seed: Seed = 0
    """Draws train and validation and starts the solver; `--seed` goes before it."""

    test_seed: Seed = 0
    """Draws the test part, which all seeds share."""

    group: Group = "client"
    """What no two parts shall share; `--group` goes before it. Clients come back with the same matter."""

    longest_gram: Annotated[int, msgspec.Meta(ge=1, le=4)] = 2
    """Character n-grams of 1 up to so many characters are counted, separately for each role."""

    max_grams: Positive = 20_000
    """The most frequent n-grams that are kept for each role."""

    strengths: Annotated[tuple[Strength, ...], msgspec.Meta(min_length=1)] = (0.1, 0.3, 1.0, 3.0)
    """Values of C, small for a strong penalty; the one with the greatest kappa on the validation part is kept."""


class RetrievalRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one run of response generation by retrieval."""

    task: Literal["response"]
    """The task that is learnt."""

    model: Literal["retrieval"]
    """The kind of model: the prefix of MODEL on the command line."""

    corpus: str | None = None
    """The corpus folder, from the run file's own folder; `--corpus` goes before it."""

    seed: Seed = 0
    """Draws train and validation; `--seed` goes before it."""

    group: Group = "duplicates"
    """What no two parts shall share; `--group` goes before it. So no case of the test part is in the index."""

    part: Literal["low", "high", "full"] = "full"
    """Whose training part is indexed: the paper's Kokoro-Low, -High or -Full."""

    role: Literal["counselor", "client"] = "counselor"
    """Whose turns are said; in the paper the counselor's."""

    joiner: Joiner = "newline"
    """What stands between merged utterances of a reply."""

    keep_out_of_role: bool = True
    """Leave bracketed talk in histories and replies, as in the paper's counts."""

    tokenizer: str = "mecab-ipadic"
    """What takes texts apart; one of `evaluation.words.TOKENIZERS`."""

    fewest: Positive = 3
    """Places in which a word or pair of words must stand to be looked for."""

    last_partner: Weight = 1.0
    """How much the similarity of the partner's last turn counts in the search; to a counselor that is the client's."""

    previous_own: Weight = 0.5
    """The same of one's own turn before it."""

    history: Weight = 0.3
    """The same of all that the client has said with all that the other session's client says, whoever answers: it is
    the client who tells the matter."""

    half_life: Annotated[float, msgspec.Meta(gt=0, le=1e6)] = 6.0
    """Client turns after which a turn of the history counts half."""

    position: Weight = 0.15
    """How much is taken off for each unit between the logarithms of the numbers of turns before."""

    topic: Weight = 0.0
    """How much is added if the other session has the topic that was agreed for this one."""

    rating: Weight = 0.0
    """How much is added for each point of the score of the other session: what a well rated counselor says is taken."""

    neighbours: Annotated[int, msgspec.Meta(ge=1, le=2000)] = 100
    """Replies that are weighed against each other."""

    temperature: Annotated[float, msgspec.Meta(gt=0, le=1e6)] = 0.3
    """A neighbour that is less similar by this has 1/e of the weight."""

    session_turns: Annotated[int, msgspec.Meta(ge=0, le=200)] = 4
    """One's own last turns of the session itself that are put among the neighbours' replies."""

    session_weight: Weight = 0.4
    """The weight of these together; the neighbours' is 1."""

    words: Weight = 0.4
    """How much the F of single words counts in what a reply is worth."""

    pairs: Weight = 0.3
    """The same of pairs of words."""

    subsequence: Weight = 0.3
    """The same of the longest common subsequence."""

    finalists: Positive = 48
    """Replies for which the longest common subsequence is looked at."""

    length: Annotated[float, msgspec.Meta(ge=-2, le=2)] = 0.0
    """The power of a reply's number of words by which its worth is multiplied: above 0 favours long ones."""

    frequency_penalty: Weight = 0.0
    """Taken off for each unit of the logarithm of how often a reply stands in the training part: more diverse."""

    validation_dialogues: Positive = 40
    """Dialogues of the validation part that are answered and measured after training, the best rated first."""


Run = ScoreRun | TopicRun | RetrievalRun

_RUN_OF: dict[object, type[ScoreRun] | type[TopicRun] | type[RetrievalRun]] = {
    "score": ScoreRun,
    "topic": TopicRun,
    "response": RetrievalRun,
}


def load_run(path: Path) -> Run:
    """Read a run file.

    Raises:
        InputError: it can't be read as TOML, or a key is unknown, missing or of the wrong type; it names file and key.
    """
    try:
        values = tomllib.loads(file_bytes(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(
            str(path), f"not readable as TOML in UTF-8 ({fault})", "Compare it with those in runs/"
        ) from None
    task = values.get("task")
    kind = _RUN_OF.get(task) if isinstance(task, str) else None
    if kind is None:
        raise InputError(f"{path}, task", f"{task!r} is no task", f"Name one of: {', '.join(map(str, _RUN_OF))}")
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as fault:
        key, problem = field_fault(fault)
        known = f"A run file of this task has these keys: {', '.join(kind.__struct_fields__)}"
        raise InputError(f"{path}, {key}" if key else str(path), problem, known) from None


def with_test_seed(run: Run, test_seed: int) -> Run:
    """The same run with another test part.

    Raises:
        InputError: the task's test part isn't drawn.
    """
    if "test_seed" not in run.__struct_fields__:
        problem = f"the test part of the {run.task} task isn't drawn"
        raise InputError("--test-seed", problem, "Leave it out")
    return msgspec.structs.replace(run, test_seed=test_seed)
