"""What a fitted baseline may learn from: the training part of the split that the samples are of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kokorochat.corpus.digests import Contents
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.splits.outline import outline
from kokorochat.corpus.splits.response import response_split
from kokorochat.corpus.splits.score import score_split
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError
from kokorochat.tasks.sample import SampleHeader, check_same_corpus

_LEARNT = {"score": "train", "response": "full-train"}
"""By task, the part that is learnt from."""

_APART = {"score": "validation or test", "response": "full-validation or test"}
"""And those that share nothing with it."""


@dataclass(frozen=True)
class Background:
    """A corpus divided again.

    Attributes:
        train: the dialogues to learn from.
        asked: those of the part that is to be answered, {id: dialogue}.
    """

    train: Sequence[Dialogue]
    asked: Mapping[str, Dialogue]

    def dialogue(self, id: str) -> Dialogue:
        """A dialogue of the part that is to be answered.

        Raises:
            InputError: it isn't in that part, so the samples are of another corpus.
        """
        try:
            return self.asked[id]
        except KeyError:
            problem = f"dialogue {id} of the samples isn't in the same part of this corpus"
            raise InputError("--corpus", problem, "Name the corpus that the samples were made of") from None


def read_background(name: str, header: SampleHeader, corpus: str | None) -> Background:
    """Read a corpus and divide it as the header of samples says; responses are learnt from `full-train`.

    Args:
        name: of the model, for messages.

    Raises:
        InputError: no corpus is named or it can't be used, or the samples are of another one or of no part of such a
            split.
    """
    if corpus is None:
        raise InputError(f"model {name!r}", "learns from a corpus", "Add --corpus PATH, that of the samples")
    if header.seed is None:
        remedy = "Make samples with `--part`, so that there is another part to learn from"
        raise InputError(f"model {name!r}", "can't answer samples of no split", remedy)
    outlines, dialogues = [], {}
    contents = Contents(find_corpus(corpus).entries())
    for entry in contents:
        outlines.append(outline(entry, header.group == "duplicates"))
        dialogues[entry.dialogue.id] = entry.dialogue
    check_same_corpus(corpus, contents.short, header)
    if header.task == "score":
        split = score_split(outlines, header.seed, header.test_seed or 0, header.group)
    else:
        split = response_split(outlines, header.seed, header.group)
    if split.rule != header.split or header.part not in split.parts:
        problem = f"is divided by {split.rule!r}; the samples are {header.part!r} of {header.split!r}"
        raise InputError(corpus, problem, "Make the samples again from this corpus")
    learnt, asked = split.parts[_LEARNT[header.task]], split.parts[header.part]
    return Background([dialogues[id] for id in learnt], {id: dialogues[id] for id in asked})


def check_unlearnt(name: str, background: Background, header: SampleHeader) -> None:
    """See that a baseline isn't asked what it is fitted on.

    Args:
        name: of the baseline, for messages.

    Raises:
        InputError: it learns from some of the dialogues that are to be answered.
    """
    known = sum(dialogue.id in background.asked for dialogue in background.train)
    if known:
        learnt, asked = _LEARNT[header.task], f"{known:,} of the {len(background.asked):,} dialogues"
        problem = f"learns from {learnt!r}, and so from {asked} that it is asked about"
        raise InputError(f"model {name!r}", problem, f"Take samples of the part {_APART[header.task]}")
