"""What a user can do wrong with `web replay`: one sentence with a remedy and exit code 2, before any work."""

import json
import socket
from pathlib import Path

import pytest

from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.domain.errors import InputError
from kokorochat.web.replay.door import origin_of
from kokorochat.web.replay.replay import LINK_VARIABLE, administrator_link


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KOKOROCHAT_DATA", str(tmp_path / "data"))
    monkeypatch.delenv(LINK_VARIABLE, raising=False)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["web", "replay", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--count", "17", "--spawn"], "--count: 17 of 16"),
        (["--count", "0", "--spawn"], "--count: 0 of 16"),
        (["--concurrency", "0", "--spawn"], "--concurrency"),
        (["--kills", "1", "--url", "http://127.0.0.1:9"], "--kills"),
        (["--url", "http://127.0.0.1:9"], LINK_VARIABLE),
        (["--url", "127.0.0.1:9", "--administrator", "x"], "is no address of a platform"),
    ],
)
def test_wrong_arguments(capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], said: str) -> None:
    assert said in refused(capsys, str(DEMO_CORPUS), *arguments, "--out", str(tmp_path / "out"))


def test_wrong_paths(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "no such file" in refused(capsys, str(tmp_path / "none"), "--spawn", "--out", str(tmp_path / "out"))
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").touch()
    assert "not an empty folder" in refused(capsys, str(DEMO_CORPUS), "--spawn", "--out", str(tmp_path / "taken"))


def test_a_url_where_nothing_answers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.socket() as bound:  # bound and not listening: nobody else can answer there
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        arguments = ["--url", url, "--administrator", "/sign-in/x", "--out", str(tmp_path / "out")]
        assert "does not answer" in refused(capsys, str(DEMO_CORPUS), *arguments)


def test_the_demos_link_serves_its_own_port_only(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    link = "http://admin.localhost:8123/sign-in/abc"
    (tmp_path / "data" / "links.json").write_text(json.dumps({"administrator": link}))
    assert administrator_link(None, "http://127.0.0.1:8123") == link
    with pytest.raises(InputError, match="another platform"):
        administrator_link(None, "http://127.0.0.1:8000")
    assert administrator_link("given", "http://127.0.0.1:8000") == "given"


def test_the_environments_link_comes_before_the_demos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LINK_VARIABLE, "http://x/sign-in/1")
    assert administrator_link(None, "http://x") == "http://x/sign-in/1"


@pytest.mark.parametrize("url", ["", "x", "ftp://x", "http://", "http://x/path", "http://x:port", "http://x?q"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(InputError):
        origin_of(url)
