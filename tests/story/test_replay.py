"""A whole corpus goes through a real platform and comes out the same, also if the platform is killed amid the talks."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from kokorochat.corpus.checks import check_corpus
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import find_corpus, read_corpus
from kokorochat.web.replay.chaos import Killer
from kokorochat.web.replay.door import Door
from kokorochat.web.replay.replay import Report, replay
from kokorochat.web.replay.spawn import Platform

pytestmark = pytest.mark.slow


def replayed(count: int, kills: int, out: Path) -> tuple[Report, Platform]:
    dialogues = list(islice(read_corpus(DEMO_CORPUS), count))
    messages = sum(len(dialogue.utterances) for dialogue in dialogues)
    with Platform() as platform, Killer(platform, kills, messages) as killer:
        report = replay(dialogues, platform.url, platform.administrator_link, out, progress=killer)
    return report, platform


def test_the_demo_corpus_comes_out_as_it_went_in(tmp_path: Path) -> None:
    report, _ = replayed(16, 0, tmp_path / "out")
    assert (report.sessions, report.lost, report.duplicated, report.reordered) == (16, 0, 0, 0)
    assert report.differences == []
    assert report.equal
    assert report.good
    exported = list(read_corpus(tmp_path / "out"))
    assert sum(len(dialogue.utterances) for dialogue in exported) == report.messages
    # The replay takes seconds, so the paper's filter on duration warns; nothing may be an error.
    assert [finding for finding in check_corpus(find_corpus(tmp_path / "out")) if finding.level == "error"] == []


def test_five_kills_change_nothing(tmp_path: Path) -> None:
    report, platform = replayed(10, 5, tmp_path / "out")
    assert platform.kills == 5
    assert (report.sessions, report.lost, report.duplicated, report.reordered) == (10, 0, 0, 0)
    assert report.differences == []
    assert report.good


def test_a_session_starts_now_wherever_the_platform_is() -> None:
    async def arrange(platform: Platform) -> None:
        async with Door(platform.url) as door:
            administrator = await door.sign_in(platform.administrator_link)
            counselor, client = [await door.add_person(administrator, name) for name in ("あおい", "みどり")]
            await door.pair(administrator, counselor, client, None)

    platform = Platform()
    platform.environment["KOKOROCHAT_TIME_ZONE"] = "Pacific/Auckland"
    with platform:
        asyncio.run(arrange(platform))
        with closing(sqlite3.connect(platform.folder / "kokorochat.sqlite3")) as connection:
            ((start,),) = connection.execute("SELECT planned_start FROM roleplay_session").fetchall()
    away = datetime.now(UTC) - datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert timedelta(0) <= away < timedelta(minutes=3)
