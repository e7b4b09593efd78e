"""The model card, README.md, with the head that model hubs read."""

from kokorochat.corpus.sources.source import Source
from kokorochat.corpus.splits.split import Split
from kokorochat.domain.printable import counted
from kokorochat.learning.finetuned.plan import Part, Plan
from kokorochat.learning.finetuned.settings import ResponseFineTuning
from kokorochat.learning.finetuned.storing import OWN_BASE, Settings
from kokorochat.learning.finetuned.training import Course

CARD = "README.md"

_TEXT = """---
library_name: peft
base_model: {base}
language: ja
pipeline_tag: text-generation
tags: [lora, counseling, kokorochat]
---
# Fine-tuned model of the {task} task

**It has read the words of the corpus, and may say some of them again.** Keep it where the corpus may be, and pass it on
only as the corpus' licence ({licence}), the base's licence and the people in it allow.

- What it is: adapters of rank {rank} for `{base}`{made}. {does}
- Not for people in need of help, and not to judge a counselor by.
- Learnt from: {dialogues:,} dialogues of {corpus}, `{part}` of the split `{split}`, seed {seed}; {replies:,} replies,
  {tokens:,} tokens in one reading. Dialogues of the test part are not in it{duplicates}.
- Left out: {left_out}.
- Kept: the adapters after step {kept:,} of {steps:,}, the best by {best} on {validation:,} dialogues of the validation
  part (loss {loss:.4f} nats a token).
- How a talk is written: the chat template in this folder, verified token by token. Use it, not the base's.
- Settings, cost and versions: `run.json` of the run. Made by: `{command}`
"""


def card(
    run: Settings, source: Source, split: Split, plan: Plan, course: Course, seed: int, group: str, command: str
) -> str:
    """The text of a model's card."""
    responds = isinstance(run, ResponseFineTuning)
    part = run.part + "-train" if isinstance(run, ResponseFineTuning) else "train"
    does = (
        f"It goes on writing a talk as {run.role}s did; it understands nothing, and makes things up."
        if isinstance(run, ResponseFineTuning)
        else "It guesses how a client rated a session; by what, nobody knows."
    )
    kept = next(look for look in course.looks if look["step"] == course.kept)
    return _TEXT.format(
        base=run.base if isinstance(run.base, str) else OWN_BASE,
        task=run.task,
        licence=source.licence,
        rank=run.lora_rank,
        made="" if isinstance(run.base, str) else ", a base of random weights that lies beside them and knows nothing",
        does=does,
        dialogues=len(plan.train.talks),
        corpus=source.name,
        part=part,
        split=split.rule,
        seed=seed,
        replies=plan.train.replies,
        tokens=plan.train.tokens,
        duplicates=", nor near-duplicates of them" if group == "duplicates" else "; near-duplicates of them may be",
        left_out=_left_out(plan.train, run.longest),
        kept=course.kept,
        steps=plan.steps,
        best="loss" if responds else getattr(run, "best_by", "loss"),
        validation=len(plan.validation.talks),
        loss=kept["token_loss"],
        command=command or "kokorochat train",
    )


def _left_out(part: Part, longest: int) -> str:
    if not part.too_long:
        return "nothing; every dialogue is read whole"
    return (
        f"{part.turns_left_out:,} of the oldest turns in {counted(part.too_long, 'dialogue')} of more than {longest:,} "
        f"tokens, and so {counted(part.replies_left_out, 'reply', 'replies')}"
    )
