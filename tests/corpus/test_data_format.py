"""docs/data-format.md names every format, every key and every check, and its example is a corpus."""

import json
import re
from pathlib import Path

from kokorochat.corpus.reading import SOURCES, find_corpus
from kokorochat.corpus.sources.published import REVIEW_KEYS_EN, REVIEW_KEYS_JP
from kokorochat.domain.topic import TopicClass

PAGE = (Path(__file__).parents[2] / "docs" / "data-format.md").read_text(encoding="utf-8")


def _rows(heading: str) -> list[list[str]]:
    """The cells of the first table behind a heading, without its head."""
    table = re.search(r"^\|.*?(?=\n\n)", PAGE[PAGE.index(heading) :], re.DOTALL | re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


def test_the_page_begins_with_all_formats_in_their_order():
    named = [name for row in _rows("# Data formats") for name in re.findall(r"`([^`]+)`", row[0])]
    assert [name.replace("-zh", "multilingual-kokorochat-zh") for name in named] == [s.format for s in SOURCES]


def test_links_lead_to_headings():
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors


def test_the_28_keys_are_listed_in_their_order():
    rows = _rows("### The 28 keys")
    assert [(row[1].strip("`"), row[2].strip("`")) for row in rows] == list(
        zip(REVIEW_KEYS_EN, REVIEW_KEYS_JP, strict=True)
    )
    assert [row[0] for row in rows[-3:]] == ["check 1", "check 2", "check 3"]


def test_the_example_of_generic_chat_is_read(tmp_path):
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    (tmp_path / "mine.jsonl").write_text(json.dumps(json.loads(example[1])) + "\n", encoding="utf-8")
    (entry,) = find_corpus(tmp_path / "mine.jsonl").entries()
    assert entry.dialogue.topic is not None
    assert (entry.dialogue.topic.main, entry.score, entry.remarks) == (TopicClass.WORKPLACE, 9, ())
