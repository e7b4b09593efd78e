"""`kokorochat paper` from a corpus to the page: killed in the middle it goes on, and the page reads on any screen."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from factories import well_rated_demo
from kokorochat.cli import main
from systems_files import SHIPPED, SPLIT, a_system

RUNS = SHIPPED.parents[1]

SYSTEMS = (
    SPLIT.replace("[1, 2]", "[1]").replace("[0, 3]", "[0]")
    + a_system("model = 'baseline:previous-turn'\ntrivial = true", "previous")
    + a_system("model = 'baseline:most-frequent'\nagainst = 'previous'", "frequent")
    + a_system("model = 'small:out/none'\nfolders = ['out/none']\nmake = 'kokorochat train x.toml'", "small")
    + a_system("model = 'baseline:always-3'\ntrivial = true", "three", "score")
    + a_system(f"run = '{RUNS / 'score-ordinal.toml'}'", "ordinal", "score")
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """The command, but for where its result shall be."""
    place = tmp_path_factory.mktemp("paper")
    corpus = well_rated_demo(place / "corpus")
    systems = SYSTEMS
    for task, more in (("response", ()), ("score", ("--seed", "1"))):
        samples, answers = str(place / f"{task}-samples.jsonl"), str(place / f"{task}.jsonl")
        assert main(["samples", task, str(corpus), "--part", "test", *more, "--out", samples]) == 0
        asking = ["--model", "scripted:first-choice", "--samples", samples, "--out", answers]
        assert main(["answer", *asking]) == 0
        systems = a_system(f"answers = ['{answers}']\nzero_shot = true", f"asked-{task}", task) + systems
    (place / "systems.toml").write_text(systems, encoding="utf-8")
    return ["paper", str(place / "systems.toml"), "--corpus", str(corpus), "--language", "ja"]


@pytest.fixture(scope="module")
def made(asked, tmp_path_factory):
    """The result of a run that nobody interrupted."""
    out = tmp_path_factory.mktemp("made") / "out"
    assert main([*asked, "--out", str(out)]) == 0
    return out


def steps(out):
    return sorted(file.parent.name for file in out.glob("steps/*/step.json"))


def test_a_run_that_is_killed_goes_on_to_the_same_bytes(asked, made, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "kokorochat", *asked, "--out", str(out)]
    # In a group of its own, so that the steps at work are killed as well.
    run = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while len(steps(out)) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    before = steps(out)
    assert 4 <= len(before) < len(steps(made))
    assert not (out / "index.html").exists()
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{len(before)} of {len(steps(made))} steps are up to date" in ended.stderr
    for name in ("index.html", "tables.json"):
        assert (out / name).read_bytes() == (made / name).read_bytes()


def test_an_interrupt_leaves_no_step_at_work(asked, tmp_path):
    out = tmp_path / "out"
    run = subprocess.Popen([sys.executable, "-m", "kokorochat", *asked, "--out", str(out)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not steps(out) and time.monotonic() < deadline:
        time.sleep(0.02)
    run.terminate()
    assert run.wait(timeout=60) == 130
    # Whoever were still at work would hold the folder.
    with (out / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_tables_hold_our_rows_beside_the_papers_and_say_what_is_missing(made, asked, capsys):
    told = json.loads((made / "tables.json").read_bytes())
    tables = {table["number"]: table for table in told["tables"]}
    assert list(tables) == ["4", "5", "6", "8 acc", "8 acc_soft", "8 mae", "B"]
    rows = {row["english"]: row for row in tables["4"]["rows"] if row["origin"] != "paper"}
    assert {row.get("reason") for row in rows.values()} == {None, "out/none isn't there: kokorochat train x.toml"}
    for number in ("4", "5", "8 mae"):
        asked_rows = [row for row in tables[number]["rows"] if row["origin"] == "asked"]
        assert [row["english"] for row in asked_rows] == ["One: scripted:first-choice"]
        assert asked_rows[0]["figures"]
    assert [leak["split"] for leak in told["leaks"]] == ["random", "table_4"]
    page = (made / "index.html").read_text(encoding="utf-8")
    for leak in told["leaks"]:
        assert leak["client"] <= leak["n"]
        assert f"テスト{leak['n']}対話" in page
    assert sum(row["origin"] == "ours" for row in tables["6"]["rows"]) == 1
    assert "kokorochat train" in " ".join(tables["5"]["rows"][-1]["how"])
    assert str(made) not in (made / "tables.json").read_text(encoding="utf-8")
    before = (made / "index.html").stat().st_mtime_ns
    assert main([*asked, "--out", str(made), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["faults"] == {}
    assert (made / "index.html").stat().st_mtime_ns > before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_fits_and_loads_nothing_else(browser, made, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((made / "index.html").as_uri())
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("table").count() >= 7
    assert page.locator("tr.ours").count() >= 4
    assert page.locator(f'a[href="{page.locator("#data a").get_attribute("href")}"]').count() == 1
    assert (made / page.locator("#data a").get_attribute("href")).is_file()
    assert (said, set(asked)) == ([], {(made / "index.html").as_uri()})
    context.close()


def test_a_corpus_without_what_a_table_needs_has_rows_with_reasons(tmp_path, capsys):
    corpus = tmp_path / "own.jsonl"
    corpus.write_text('{"messages": [{"role": "client", "content": "眠れません"}]}\n', encoding="utf-8")
    file = tmp_path / "systems.toml"
    file.write_text(SPLIT + a_system("model = 'baseline:previous-turn'"), encoding="utf-8")
    out = tmp_path / "out"
    assert main(["paper", str(file), "--corpus", str(corpus), "--out", str(out)]) == 0
    assert "without figures" in capsys.readouterr().out
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "no dialogue of the corpus has a score" in page
    assert Path(out / "tables.json").is_file()
