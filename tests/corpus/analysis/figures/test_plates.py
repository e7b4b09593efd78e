"""The figures as they are drawn: inside their sheet, without collisions, as SVG and as PNG."""

import io
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread

from corpus_shapes import some_dialogues
from kokorochat.corpus.analysis.figures import letters, plates
from kokorochat.corpus.analysis.figures.canvas import Box, Canvas, Dot, Line, Words
from kokorochat.corpus.analysis.figures.items import _draw
from kokorochat.corpus.analysis.figures.plate import NARROW, WIDE, Missing, Plate
from kokorochat.corpus.analysis.figures.png import png
from kokorochat.corpus.analysis.figures.svg import standalone_svg
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.people import Person, count_people

_SVG = "{http://www.w3.org/2000/svg}"
_SHAPES = {
    "many": {"count": 60},
    "untimed": {"count": 40, "timed": False},
    "three": {"count": 3},
    "two": {"count": 2},
    "alike": {"count": 20, "alike": True},
}


def _people():
    people = [Person(str(n), 20 + n % 50, ("女性", "男性", "")[n % 7 // 3]) for n in range(120)]
    return count_people([*people, Person("x", None, "other")], {str(n) for n in range(120)} | {"x"}, "people.csv")


def _drawn(analyze, shape, language) -> list[Plate]:
    found = plates(analyze(some_dialogues(**_SHAPES[shape]), _people()), language)
    return [plate for plate in found if isinstance(plate, Plate)]


def _extent(mark) -> tuple[float, float, float, float]:
    match mark:
        case Box(x, y, width, height):
            return x, y, x + width, y + height
        case Line(x1, y1, x2, y2):
            return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
        case Dot(x, y, radius):
            return x - radius, y - radius, x + radius, y + radius
        case Words(x, y, text, size):
            return x, y - 0.74 * size, x + letters.width(text, size), y + 0.12 * size
    raise AssertionError(mark)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("shape", _SHAPES)
def test_nothing_leaves_the_sheet_and_no_words_collide(analyze, shape, width, language):
    for plate in _drawn(analyze, shape, language):
        sheet = plate.sheet(width, titled=width == WIDE)
        for mark in sheet.marks:
            left, top, right, bottom = _extent(mark)
            assert left >= -0.5, (plate.name, mark)
            assert top >= -0.5, (plate.name, mark)
            assert right <= sheet.width + 0.5, (plate.name, mark)
            assert bottom <= sheet.height + 0.5, (plate.name, mark)
        words = [(*_extent(mark), mark.text) for mark in sheet.marks if isinstance(mark, Words)]
        for a, b in combinations(words, 2):
            apart = a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5
            assert apart, (plate.name, a, b)


@pytest.mark.parametrize("language", list(Language))
def test_every_figure_has_words_numbers_and_a_picture_of_both_kinds(analyze, language):
    for plate in _drawn(analyze, "many", language):
        assert plate.title
        assert plate.sentence
        assert plate.description
        assert plate.note
        assert all(len(row) == len(plate.columns) for row in plate.rows)
        assert all(len(row) == len(plate.heads) for row in plate.table())
        sheet = plate.sheet(WIDE, titled=True)
        root = ElementTree.fromstring(standalone_svg(sheet, plate.name, plate.title, plate.description))
        assert root.findtext(f"{_SVG}title") == plate.title
        held = {element.get("id") for element in root.iter()}
        assert {use.get("href")[1:] for use in root.iter(f"{_SVG}use")} <= held
        assert not list(root.iter(f"{_SVG}text"))
        pixels = imread(io.BytesIO(png(sheet)))
        assert pixels.shape[1] == 2 * (WIDE + 40)
        assert len(np.unique(pixels[:, :, 0])) > 20


def test_the_same_corpus_gives_the_same_files(analyze):
    one, other = (_drawn(analyze, "many", Language.ENGLISH)[0].sheet(WIDE, titled=True) for _ in range(2))
    assert png(one) == png(other)


def test_what_is_drawn_twice_is_drawn_in_both_themes(analyze):
    plate = _drawn(analyze, "many", Language.ENGLISH)[0]
    drawn = standalone_svg(plate.sheet(WIDE, titled=True), plate.name, "", "")
    assert "@media screen and (prefers-color-scheme: dark)" in drawn
    assert 'class="f-accent" fill="#1a6660"' in drawn


@pytest.mark.parametrize("language", list(Language))
def test_a_figure_without_data_says_why(analyze, language):
    found = plates(analyze(some_dialogues(5, rated=False)), language)
    missing = {plate.figure for plate in found if isinstance(plate, Missing)}
    assert missing == {"Figure 3", "Figure 4", "Figure 9", "Figure 11"}
    assert all(plate.reason for plate in found if isinstance(plate, Missing))


def test_names_of_any_length_stay_readable_and_on_the_sheet():
    names = [
        ("1", "a_very_long_name " * 12, ""),
        ("2", "長い名前" * 40, ""),
        ("3", "Compound" * 30, ""),
        ("4", "short", ""),
    ]
    matrix = [[1.0 if a == b else 0.5 for b in range(4)] for a in range(4)]
    for width in (WIDE, NARROW):
        sheet = Canvas(width)
        _draw(sheet, names, matrix, [0.4, 0.5, 0.6])
        words = [mark for mark in sheet.marks if isinstance(mark, Words)]
        assert min(mark.size for mark in words) >= 8
        assert all(_extent(mark)[2] <= width + 0.5 for mark in words)
        assert any(mark.text.endswith("…") for mark in words)


@pytest.mark.parametrize("language", list(Language))
def test_too_few_to_tell_is_said_in_the_title(analyze, language):
    titles = {plate.figure: plate.title for plate in _drawn(analyze, "three", language)}
    assert language.say("Too few", "少なすぎる") in titles["Figure 4"]
    assert language.say("too few", "判断できない") in titles["Figure 11"]


def test_titles_say_what_this_corpus_shows(analyze):
    titles = {plate.figure: plate.title for plate in _drawn(analyze, "alike", Language.ENGLISH)}
    assert titles["Figure 3"] == "Every score is 60"
    assert "Figure 4" not in titles


def test_a_sheet_grows_as_it_is_filled():
    sheet = Canvas(100)
    sheet.paragraph("a word and another word", 20)
    assert sheet.height == 29 * len(sheet.marks)
