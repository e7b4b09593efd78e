"""The dataset card: a README.md as hubs expect it, with the figures of this release and the words of its form."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kokorochat.corpus.release.about import About, hub_licence
from kokorochat.corpus.release.cells import FEWEST, alone, written
from kokorochat.corpus.release.choices import Choices
from kokorochat.corpus.release.figures import Figures
from kokorochat.corpus.release.gate import Examination
from kokorochat.corpus.release.shapes import TABLE, Shape
from kokorochat.domain.feedback import CHECKS, HIGHEST, ITEMS, LOWEST

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


@dataclass(frozen=True)
class Told:
    """All that a card is written from.

    Attributes:
        created: the day of the release.
    """

    about: About
    figures: Figures
    examination: Examination
    choices: Choices
    shape: Shape
    created: date


def dataset_card(told: Told) -> str:
    """The whole card, in Markdown under a front matter in YAML. No word of a dialogue stands in it."""
    sections = (_head, _statistics, _ratings, _checks, _fields, _privacy, _people)
    return _front_matter(told) + "\n" + "\n".join(part for section in sections for part in section(told)) + "\n"


def _front_matter(told: Told) -> str:
    about, dialogues = told.about, told.figures.summary["dialogues"]
    licence = hub_licence(about.licence)
    lines = [f"pretty_name: {_quoted(about.name)}", f"license: {_quoted(licence or 'other')}"]
    if licence is None:
        name = re.sub(r"[^a-z0-9]+", "-", about.licence.lower()).strip("-") or "own-words"
        lines += [f"license_name: {_quoted(name)}", "license_link: LICENSE"]
    lines += _yaml_list("language", about.languages)
    lines += _yaml_list("size_categories", [next((name for most, name in _SIZES if dialogues < most), "n>1M")])
    rated = bool(told.figures.summary["score"]["mean"] is not None)
    lines += _yaml_list("task_categories", ["text-generation", *(["text-classification"] if rated else [])])
    lines += _yaml_list("tags", ["counseling", "dialogue", "role-play"])
    lines += [
        "configs:",
        "- config_name: default",
        "  data_files:",
        "  - split: train",
        f"    path: {_quoted(TABLE)}",
    ]
    return "\n".join(["---", *lines, "---", ""])


def _quoted(text: str) -> str:
    """A text as YAML; a string of JSON is one."""
    return json.dumps(text, ensure_ascii=False)


def _yaml_list(key: str, values: Sequence[str]) -> list[str]:
    return [f"{key}:", *(f"- {_quoted(value)}" for value in values)]


def _head(told: Told) -> list[str]:
    about = told.about
    return [
        f"# {about.name}",
        "",
        f"Version {about.version}, released on {told.created.isoformat()}. Licence: {about.licence} (see `LICENSE`).",
        "",
        "Counseling dialogues by text chat. Treat every text as sensitive: what is played and what was lived can't be",
        "told apart. Don't try to find out who somebody is; tell the contact below if you think that you have.",
        "",
        "## How it was collected",
        "",
        about.collection.strip(),
        "",
        "## Consent",
        "",
        about.consent.strip(),
        "",
        "Copies that were handed out can't be called back. When somebody asks for deletion, the next version leaves",
        "them out: use the newest, name the version that you used, and delete older ones.",
        "",
    ]


def _statistics(told: Told) -> list[str]:
    figures, summary = told.figures, told.figures.summary
    speakers = summary["speakers"]
    apart = not (told.choices.keep_ids or told.choices.link_roles)
    total = "not told" if apart else written(alone(speakers["total"]))
    people = [total, written(alone(speakers["counselor"])), written(alone(speakers["client"]))]
    rows = [
        ["dialogues", f"{summary['dialogues']:,}", "", ""],
        ["people", *people],
        *([name, *map(_number, summary[key].values())] for key, name in _TABLE_3),
    ]
    lines = ["## Statistics", "", f"A count of people or dialogues from 1 to {FEWEST - 1} is not shown.", ""]
    lines += _table(("", "total", "counselor", "client"), rows)
    outside, messages = figures.outside, summary["utterances"]["total"]
    lines += [
        f"Talk outside the role: {outside:,} of {messages:,} messages ({100 * outside / messages:.1f} %), as far as",
        "brackets, marks and words tell: neither all of it nor only that. It is part of the data and not marked there.",
        "",
    ]
    if figures.topics:
        names = {f"{topic.value} ({topic.japanese})": count for topic, count in figures.topics.items()}
        lines += ["### Topics", "", *_cells(("topic", "dialogues", "%"), names, summary["dialogues"])]
    return lines


_TABLE_3 = (
    ("utterances", "utterances"),
    ("utterances_per_dialogue", "utterances per dialogue"),
    ("characters_per_utterance", "characters per utterance"),
)


def _ratings(told: Told) -> list[str]:
    figures, score = told.figures, told.figures.summary["score"]
    lines = []
    if figures.rated >= FEWEST:
        lines += ["### Score", ""]
        of = "The client's total, 0 to 100" if figures.scores else "The sum of a client's ratings"
        lines += [f"{of}: mean {score['mean']:.2f}, median {score['median']:.1f}; {figures.rated:,} dialogues.", ""]
    if figures.scores:
        lines += _cells(("score", "dialogues"), figures.scores)
        names = {
            "whole": "the sum of the items: no check is set that lowers it",
            "half": f"half of the sum: “{CHECKS[2].english}”, alone",
            "zero": f"zero: “{CHECKS[0].english}” or “{CHECKS[1].english}”",
        }
        lines += _cells(("total", "dialogues"), {names[key]: count for key, count in figures.totals.items()})
    if figures.ratings:
        lines += ["### Questionnaire", ""]
        if figures.scores:
            lines += [
                f"Twenty items, whole numbers from {LOWEST} to {HIGHEST}, given by the client after the session.",
                "",
            ]
        wording = {item.key: f"{item.code} {item.english} ({item.japanese})" for item in ITEMS}
        rows = [
            [wording.get(item) or _plain(item), f"{count:,}", f"{mean:.2f}", f"{deviation:.2f}"]
            for item, (count, mean, deviation) in figures.ratings.items()
        ]
        lines += _table(("item", "ratings", "mean", "sd"), rows)
    return lines


def _checks(told: Told) -> list[str]:
    rows = [[level, f"`{code}`", written(alone(n))] for (level, code), n in sorted(told.examination.codes.items())]
    lines = ["### Checks", "", "Checked before the release by `kokorochat corpus check`: no error.", ""]
    lines += _table(("level", "finding", "places"), rows) if rows else []
    names = told.choices.reviewed_by
    looked = (
        f"The texts were looked at by {', '.join(map(_plain, names))}."
        if names
        else "No person is named who looked at the texts."
    )
    return [*lines, looked, ""]


def _fields(told: Told) -> list[str]:
    lines = ["## Files and fields", "", *told.shape.described, ""]
    lines += _table(("field", "type", "meaning"), [[f"`{name}`", kind, what] for name, kind, what in told.shape.fields])
    return [*lines, "`sha256sum -c SHA256SUMS` shows whether all files are as they were released.", ""]


def _privacy(told: Told) -> list[str]:
    choices = told.choices
    if choices.keep_ids:
        ids = "Ids of dialogues and people are those of the source."
    elif choices.link_roles:
        ids = "Dialogues and people have new random numbers; a person has one number in both roles."
    else:
        ids = (
            "Dialogues and people have new random numbers; one who played both roles has a number in each, not linked."
        )
    if choices.keep_times:
        times = "Dates and times are the real ones."
    else:
        times = (
            "Times count from the first message of a session, which is set to 2000-01-01T00:00:00; dates are not real."
        )
    return [
        "## Privacy",
        "",
        f"- {ids}" + ("" if choices.keep_ids else " Neither they nor the order of files and rows tell when."),
        f"- {times}",
        "- Texts are unchanged. Style, facts of the story and given names may be left in them.",
        "- How many dialogues a person has, and how long they took, can be counted.",
        "",
    ]


def _people(told: Told) -> list[str]:
    about = told.about
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", about.citation)), default=0))
    lines = ["## Known limits", "", about.limits.strip(), ""]
    lines += ["## How to cite", "", f"{fence}text", about.citation.strip(), fence, ""]
    for title, text in (("Contact", about.contact), ("Funding", about.funding), ("Ethics", about.ethics)):
        lines += [f"## {title}", "", text.strip(), ""] if text else []
    return lines[:-1]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return [lines[0], "|" + "---|" * len(head), *lines[1:], ""]


_LONGEST_NAME = 80
_MARKUP = re.compile(r"[\\`*\[\]<>|&#~!]")


def _plain(name: str) -> str:
    """A name from the data on one line and without the power to mark anything up."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    short = line if len(line) <= _LONGEST_NAME else line[:_LONGEST_NAME] + "…"
    return _MARKUP.sub(r"\\\g<0>", short)


def _cells(head: Sequence[str], cells: Mapping[str, int | None], total: int = 0) -> list[str]:
    """A table of counts, with their share of a total if one is given; one sentence if none of them may be shown."""
    if not any(cells.values()):
        return [f"By {head[0]}: not shown, too few dialogues.", ""]
    rows = [[name, written(count)] for name, count in cells.items()]
    if total:
        shares = ["not shown" if count is None else f"{100 * count / total:.1f}" for count in cells.values()]
        rows = [[*row, share] for row, share in zip(rows, shares, strict=True)]
    return _table(head, rows)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
