"""Names from a corpus in tables, pictures and pages: no formula, no markup, no sign that a reader refuses."""

import csv
import json
from pathlib import Path
from xml.dom import minidom

import pytest

from kokorochat.cli import main
from kokorochat.corpus.curation import TAGS, Rule, curate
from kokorochat.corpus.filters import Filters
from kokorochat.corpus.reading import find_corpus

_EVIL = (
    "=cmd|' /C calc'!A0",
    "+1",
    "-2+3",
    "@SUM(1)",
    "<script>alert(1)</script>",
    "a\x00\x1b[31m\x9b\uffff\nb\r",
    "\tx",
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    def record(number: int) -> dict[str, object]:
        said = ["はい", f"（{number}）", "いいえ", f"{number}つめ"]
        roles = ("client", "counselor")
        return {
            "id": f"={number}+1",
            "messages": [{"role": roles[turn % 2], "content": text} for turn, text in enumerate(said)],
            "client": str(number % 4),
            "ratings": {name: (number * (place + 3)) % 5 for place, name in enumerate(_EVIL)},
            "topic": {"main": "Others", "sub": "=アラート <img src=x onerror=alert(1)> \x1b[31m"},
        }

    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(record(number)) + "\n" for number in range(30)), encoding="utf-8")
    return path


def _cells(file):
    with file.open(encoding="utf-8", newline="") as stream:
        return [cell for row in csv.reader(stream) for cell in row]


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("language", ["en", "ja"])
def test_names_that_mean_harm_do_none_in_tables_pictures_and_page(corpus, language, tmp_path):
    out = tmp_path / "out"
    assert main(["corpus", "analyze", str(corpus), "--out", str(out), "--language", language]) == 0
    for file in out.glob("*.csv"):
        assert not [c for c in _cells(file) if c.startswith(("=", "+", "-", "@", "\t", "\r")) and not _is_number(c)]
    for file in out.glob("*.svg"):
        minidom.parseString(file.read_bytes())
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert not any(sign in page for sign in "\x00\x1b\x9b\uffff")


def test_an_id_is_no_formula_in_the_table_of_tags(corpus, tmp_path):
    curate(find_corpus(corpus), tmp_path / "out", Rule(Filters(0, 0.0, frozenset())))
    cells = _cells(tmp_path / "out" / TAGS)
    assert "'=7+1:1" in cells
    assert not [cell for cell in cells if cell.startswith("=")]
