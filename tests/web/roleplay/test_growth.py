"""The counselor's own way, and the platform as a background out of which nobody can be picked."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from hypothesis import given, settings
from hypothesis import strategies as st

from cast import a_session, end, played, rate, rating, talk
from kokorochat.domain.feedback import ITEM_KEYS, Aspect
from kokorochat.web.roleplay import background as room
from kokorochat.web.roleplay.background import Row, background_of
from kokorochat.web.roleplay.charts import chart, running_means
from kokorochat.web.roleplay.models import Session


def rows(counselors: int, each: int, clients: int = 10, value: int = 3) -> list[Row]:
    return [
        (who, (who + turn) % clients, rating(value), value * 20) for turn in range(each) for who in range(counselors)
    ]


# --- the background ---


@pytest.mark.parametrize(
    ("counselors", "each", "clients", "shown"),
    [(10, 5, 10, True), (9, 6, 10, False), (10, 4, 10, False), (10, 5, 9, False), (2, 400, 10, False)],
)
def test_a_background_needs_enough_sessions_counselors_and_clients(counselors, each, clients, shown):
    assert (background_of(rows(counselors, each, clients)) is not None) == shown


def test_the_busiest_counselor_is_not_the_background():
    busy = [(0, turn % 10, rating(0), 0) for turn in range(500)]
    found = background_of(busy + rows(11, 6)[::-1])
    assert found is not None
    assert (found.counselors, found.total.high) == (11, 60)
    assert found.sessions == room.MOST_OF_ONE + 10 * 6


def test_one_more_rating_hardly_moves_it():
    before = rows(12, 6)
    low, high = background_of([(0, 1, rating(0), 0), *before]), background_of([(0, 1, rating(5), 100), *before])
    assert low == high, "whoever looks before and after does not learn what was given"


@given(st.lists(st.integers(0, 5), min_size=50, max_size=80))
@settings(max_examples=30)
def test_the_middle_half_holds_half_of_what_was_given(values):
    found = background_of([(n % 10, n % 11, rating(value), value * 20) for n, value in enumerate(values)])
    middle = found.items[ITEM_KEYS[0]]
    inside = [value for value in values if middle.low <= value <= middle.high]
    assert len(inside) >= len(values) / 2
    assert sum(value < middle.low for value in values) <= len(values) / 4
    assert sum(value > middle.high for value in values) <= len(values) / 4


def test_practice_is_no_part_of_it(aoi, midori, renshu):
    played(aoi, midori)
    practice = a_session(aoi, renshu)
    talk(practice, "こんにちは。")
    end(practice)
    rate(practice)
    assert len(room.rows()) == 1


def test_it_is_made_anew_once_an_hour(db, monkeypatch):
    monkeypatch.setattr(room, "rows", lambda: rows(12, 6))
    first = room.background()
    monkeypatch.setattr(room, "rows", lambda: rows(12, 6, value=5))
    assert room.background() == first
    cache.clear()
    assert room.background() != first


# --- the figures ---


def test_values_stand_at_their_height_and_missing_ones_nowhere():
    made = chart([0, None, 100, 50], 100, 4, band=(40, 80))
    assert [dot and (dot.x, dot.y) for dot in made.dots] == [(2, 100), None, (66, 0), (98, 50)]
    assert (made.band_top, made.band_height) == (20, 40)
    assert made.grid == (0, 25, 50, 75, 100)


def test_a_line_needs_four_values_and_is_the_mean_of_five():
    assert chart([3, 3, 3], 5, 5).line == ""
    assert chart([0, 0, 3, 5], 5, 5).line == "M66.00 80.00 L98.00 60.00"
    assert running_means([1, 1, 1, 1, 1, 6]) == [1, 1, 1, 1, 1, 2]


def test_one_value_stands_in_the_middle():
    assert [dot.x for dot in chart([3], 5, 5).dots] == [50]


# --- the page ---


def marks(page: str, name: str) -> int:
    return len(re.findall(rf'<path class="{name}', page))


def test_before_the_first_rating_it_says_what_will_come(aoi, session, signed_in):
    page = signed_in(aoi).get("/growth").content.decode()
    assert "評価されたセッションはまだありません" in page
    assert "<svg" not in page


@pytest.mark.parametrize(("count", "line"), [(1, 0), (2, 0), (4, 8), (12, 8)])
def test_each_rated_session_is_a_dot_and_a_row(count, line, aoi, midori, signed_in):
    for _ in range(count):
        played(aoi, midori)
    page = signed_in(aoi).get("/growth").content.decode()
    assert marks(page, "value") == count * (1 + len(Aspect))
    assert page.count("/result") == 2 * count, "in the figure and in the table"
    assert marks(page, "trend") == line


def test_it_shows_ones_own_ratings_by_people_alone(aoi, midori, sumire, renshu, signed_in):
    played(aoi, midori)
    played(midori, aoi)
    played(sumire, midori)
    practice = a_session(aoi, renshu)
    talk(practice, "こんにちは。")
    end(practice)
    rate(practice)
    assert marks(signed_in(aoi).get("/growth").content.decode(), "value") == 1 + len(Aspect)


def test_the_sessions_stand_in_the_order_of_their_time(aoi, midori, signed_in):
    for place, value in enumerate((5, 0)):
        session = a_session(aoi, midori)
        talk(session, "こんにちは。", "はい。")
        end(session)
        rate(session, value=value)
        Session.objects.filter(pk=session.pk).update(planned_start=session.planned_start - timedelta(days=place))
    page = signed_in(aoi).get("/growth").content.decode()
    assert re.findall(r'<path class="value" d="M([\d.]+) ([\d.]+)h0"/></a>', page) == [
        ("2.0", "100.0"),
        ("98.0", "0.0"),
    ]


def test_each_point_is_reached_by_the_keyboard_and_says_what_it_is(aoi, midori, signed_in):
    for _ in range(2):
        played(aoi, midori)
    page = signed_in(aoi).get("/growth").content.decode()
    figure = page[page.index('class="figure large"') : page.index('class="legend"')]
    assert "tabindex" not in figure
    assert len(re.findall(r'<a href="/sessions/[^"]*/result" aria-label="[^"]* · みどり · 80">', figure)) == 2
    assert re.findall(r"<span>(\d)回目 ", figure) == ["1", "2"]


def test_the_background_stands_on_both_pages_once_there_are_enough(aoi, midori, monkeypatch, signed_in):
    session = played(aoi, midori)
    pages = ("/growth", f"/sessions/{session.code}/result")
    assert all(b'class="band"' not in signed_in(aoi).get(page).content for page in pages)
    monkeypatch.setattr(room, "rows", lambda: rows(12, 6))
    cache.clear()
    assert all(b'class="band"' in signed_in(aoi).get(page).content for page in pages)


def test_ones_own_mean_stands_beside_each_item_from_the_fourth_session_on(aoi, midori, signed_in):
    def own(session: Session) -> int:
        return marks(signed_in(aoi).get(f"/sessions/{session.code}/result").content.decode(), "own")

    assert [own(played(aoi, midori)) for _ in range(4)] == [0, 0, 0, 20]


def test_a_client_is_shown_no_growth_of_others(midori, aoi, signed_in):
    played(aoi, midori)
    assert "<svg" not in signed_in(midori).get("/growth").content.decode()


def test_the_page_of_one_result_tells_when_there_is_none_yet(session, aoi, signed_in):
    end(session)
    path = f"/sessions/{session.code}/result"
    assert signed_in(aoi).get(path, headers={"X-Part": "result"}).status_code == 204
    assert "result.js" in signed_in(aoi).get(path).content.decode()
    rate(session)
    assert signed_in(aoi).get(path, headers={"X-Part": "result"}).status_code == 200
    assert "result.js" not in signed_in(aoi).get(path).content.decode()
