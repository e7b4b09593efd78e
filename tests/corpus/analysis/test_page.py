"""The page: one file that needs nothing else, well formed, with a table for every figure."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from corpus_shapes import some_dialogues
from kokorochat.corpus.analysis.figures import plates
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.people import Person, count_people
from kokorochat.corpus.analysis.readings import readings
from kokorochat.corpus.analysis.writing import write_analysis

_VOID = {"meta", "link", "br", "img", "input", "hr"}


class _Outline(HTMLParser):
    """Elements in order, and whether each is closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self._open or self._open.pop() != tag:
            self.faults.append(tag)

    def finish(self) -> "_Outline":
        self.faults += self._open
        return self

    def values(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.elements if attributes.get(name)]


@pytest.fixture(params=[(40, True, "en"), (40, True, "ja"), (3, True, "en"), (6, False, "ja")])
def folder(request, analyze, tmp_path):
    count, rated, code = request.param
    language = Language(code)
    analysis = analyze(some_dialogues(count, rated=rated))
    found = readings(analysis, language)
    write_analysis(tmp_path / "out", analysis, plates(analysis, language), found, language)
    return tmp_path / "out"


@pytest.fixture
def page(folder):
    return (folder / "index.html").read_text(encoding="utf-8")


@pytest.fixture
def outline(page):
    outline = _Outline()
    outline.feed(page)
    return outline.finish()


def test_elements_close_in_their_order_and_ids_are_unique(outline):
    assert outline.faults == []
    ids = outline.values("id")
    assert len(ids) == len(set(ids))


def test_nothing_is_loaded_from_outside(page, outline):
    assert outline.values("src") == []
    assert not [tag for tag, _ in outline.elements if tag in ("link", "img", "iframe", "object")]
    assert not re.search(r"url\(|@import|https?:", page)


def test_every_link_leads_somewhere(folder, outline):
    ids = set(outline.values("id"))
    for href in outline.values("href"):
        kind = href.partition(":")[0]
        assert kind == "data" or (href[1:] in ids if href.startswith("#") else (folder / href).is_file()), href


def test_the_policy_names_the_very_style_and_script_that_are_there(page):
    for name in ("style", "script"):
        content = re.search(f"<{name}>(.*?)</{name}>", page, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in page


def test_every_figure_has_a_name_a_table_and_its_numbers_as_csv(folder, page):
    sections = re.findall(r'<section id="(figure-[^"]+)">(.*?)</section>', page, re.DOTALL)
    assert len(sections) == 5
    for name, section in sections:
        if 'class="missing"' in section:
            assert not (folder / f"{name}.csv").exists()
            continue
        assert section.count('role="img"') == 2
        assert section.count("<details>") == section.count("<table>") == 1
        held = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)"', section)[1]
        assert base64.b64decode(held) == (folder / f"{name}.csv").read_bytes()


def test_words_of_the_data_are_escaped(analyze, tmp_path):
    people = count_people([Person(str(n), 30, "<b>&x") for n in range(6)], {str(n) for n in range(6)}, "")
    analysis = analyze(some_dialogues(4), people)
    odd = replace(analysis, source=replace(analysis.source, name="<script>alert(1)</script>"))
    write_analysis(tmp_path / "out", odd, plates(odd, Language.ENGLISH), [], Language.ENGLISH)
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<b>&x" not in page
    assert "&lt;b&gt;&amp;x" in page


def test_japanese_is_marked_in_an_english_page_and_only_there(page):
    assert ('<span lang="ja">家庭内問題' in page) == ('<html lang="en">' in page)


def test_nothing_is_left_when_drawing_fails(analyze, tmp_path):
    analysis = analyze(some_dialogues(3))

    def broken():
        yield plates(analysis, Language.ENGLISH)[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_analysis(tmp_path / "out", analysis, broken(), [], Language.ENGLISH)
    assert list(tmp_path.iterdir()) == []
