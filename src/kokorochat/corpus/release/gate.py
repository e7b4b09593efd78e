"""What stands between a corpus and its release: no error, and nothing that a person should have looked at first."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from kokorochat.corpus.checks import Finding, check_corpus
from kokorochat.corpus.checks.contacts import contact_details
from kokorochat.corpus.reading import Corpus
from kokorochat.corpus.release.crisis import crisis_out_of_role
from kokorochat.domain.errors import InputError

TO_LOOK_AT = frozenset({"web-address", "line-id", "e-mail", "telephone", "postal-code"})
"""Codes of findings that a program can't decide: what looks like a real person's trace may be played."""

CRISIS = "crisis-out-of-role"
"""The code of what `crisis.crisis_out_of_role` finds."""


@dataclass(eq=False)
class Refused(InputError):
    """A corpus may not be released as it is.

    Attributes:
        findings: why, by place.
    """

    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Examination:
    """What the checks found in a corpus that may be released.

    Attributes:
        levels: findings by level: error, warning, info.
        codes: findings by level and code.
    """

    levels: dict[str, int]
    codes: dict[tuple[str, str], int]


def examine(corpus: Corpus, reviewed: bool) -> Examination:
    """Check a corpus before it is released.

    Args:
        reviewed: a person has looked at what is found and answers for it.

    Raises:
        Refused: there is an error, or something to look at and nobody did.
    """
    codes: Counter[tuple[str, str]] = Counter()
    errors, to_look_at = [], []
    for finding in chain(check_corpus(corpus), _crises(corpus), _beside_the_talk(corpus)):
        codes[finding.level, finding.code] += 1
        if finding.level == "error":
            errors.append(finding)
        elif finding.code in TO_LOOK_AT or finding.code == CRISIS:
            to_look_at.append(finding)
    if errors:
        raise Refused(
            str(corpus.path),
            f"has {len(errors):,} errors and can't be released",
            "Mend them, or leave these dialogues out with --leave-out",
            tuple(errors),
        )
    if to_look_at and not reviewed:
        raise Refused(
            str(corpus.path),
            f"has {len(to_look_at):,} places that a person must look at before it is released",
            "Look at each, leave dialogues out with --leave-out, then say who looked: --reviewed-by NAME",
            tuple(to_look_at),
        )
    levels = {level: sum(n for (of, _), n in codes.items() if of == level) for level in ("error", "warning", "info")}
    return Examination(levels, dict(codes))


def _crises(corpus: Corpus) -> Iterator[Finding]:
    for row in corpus.rows():
        if isinstance(row, InputError):
            continue
        dialogue = row.dialogue
        for index in crisis_out_of_role(dialogue):
            message = "speaks of a crisis outside the role"
            yield Finding("warning", CRISIS, row.file, dialogue.id, f"{dialogue.id}:{index}", message)


def _beside_the_talk(corpus: Corpus) -> Iterator[Finding]:
    """Contact details in what is released as it is though nobody said it: the topic's phrase, labels and names."""
    for row in corpus.rows():
        if isinstance(row, InputError):
            continue
        topic, labels = row.dialogue.topic, row.labels
        texts = [("topic.sub", topic.sub)] if topic is not None else []
        texts += [("labels", text) for name, values in labels.items() for text in (name, *values)]
        texts += [
            (what, name) for what, names in (("ratings", row.ratings), ("counts", row.counts)) for name in names or ()
        ]
        for where, text in texts:
            for contact in contact_details(text):
                if not contact.public:
                    yield Finding("warning", contact.kind, row.file, row.dialogue.id, where, "holds a contact detail")
