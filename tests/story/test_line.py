"""The LINE door against the fake LINE platform: a replay, and the LINE test, small."""

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.web.replay.replay import replay
from kokorochat.web.replay.spawn import Platform

pytestmark = pytest.mark.slow
LINE_TEST = Path(__file__).parents[2] / "benchmarks" / "line_test.py"


def test_dialogues_come_out_as_they_went_in_over_line(tmp_path: Path) -> None:
    dialogues = list(islice(read_corpus(DEMO_CORPUS), 2))
    with Platform(line=True) as platform:
        link, out = platform.administrator_link, tmp_path / "out"
        report = replay(dialogues, platform.url, link, out, line=platform.line_url)
    assert (report.lost, report.duplicated, report.reordered) == (0, 0, 0)
    assert report.differences == []
    assert report.good


def test_nothing_is_lost_doubled_reordered_or_taken_from_a_stranger() -> None:
    small = ["--people", "4", "--paced", "8", "--events", "60", "--messages", "24", "--kills", "1", "--shuffle", "1"]
    done = subprocess.run(
        [sys.executable, str(LINE_TEST), "--json", *small], capture_output=True, text=True, timeout=180, check=False
    )
    assert done.stdout, done.stderr
    measured = json.loads(done.stdout)["measured"]
    incoming, outgoing = measured["incoming"], measured["outgoing"]
    assert 0 < incoming["genuine"] < incoming["events"] == 60
    assert incoming["posts"] > incoming["genuine"]
    assert incoming["refused"] > 0
    assert (incoming["lost"], incoming["duplicated"], incoming["strange"]) == (0, 0, 0)
    assert outgoing["kills"] == 1
    assert len(outgoing["calls"]) > 2
    assert (outgoing["lost"], outgoing["duplicated"], outgoing["reordered"]) == (0, 0, 0)
