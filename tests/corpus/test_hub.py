"""`hf:OWNER/NAME`: the published files, or one sentence that says why not. A small hub of our own answers here."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.sources.kokorochat import DIALOGUE_FOLDER
from kokorochat.domain.installation import install_extra

COMMIT = "c" * 40


@dataclass
class Hub:
    """A hub with the dataset `owner/talks`, one that is gated, and a user's machine beside it."""

    home: Path
    server: ThreadingHTTPServer
    silent: bool = False
    missing: set[str] = field(default_factory=set)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def ask(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the user's machine."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        address = f"http://127.0.0.1:{self.server.server_port}"
        settings = {"HF_ENDPOINT": address, "HF_HOME": str(self.home), "HF_HUB_ETAG_TIMEOUT": "1", **environment}
        return subprocess.run(
            [sys.executable, "-m", "kokorochat", *words],
            env={**inherited, **settings},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    files = {f"{DIALOGUE_FOLDER}/{file.name}": file.read_bytes() for file in DEMO_CORPUS.glob("*.json")}
    files["images/large.png"] = b"nobody needs this"

    class Answers(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            if hub.silent:
                time.sleep(5)
                return
            path = self.path.partition("?")[0]
            if re.match("/(api/)?datasets/owner/gated/", path):
                self.answer(403, {"X-Error-Code": "GatedRepo"})
            elif path == "/api/datasets/owner/talks/revision/main":
                self.answer(200, body=json.dumps({"id": "owner/talks", "sha": COMMIT}).encode())
            elif path == f"/api/datasets/owner/talks/tree/{COMMIT}":
                tree = [{"type": "file", "path": p, "size": len(d), "oid": f"{p}-1"} for p, d in files.items()]
                self.answer(200, body=json.dumps(tree).encode())
            elif (name := path.removeprefix(f"/datasets/owner/talks/resolve/{COMMIT}/")) in files and (
                name not in hub.missing
            ):
                self.answer(200, {"X-Repo-Commit": COMMIT, "ETag": f'"{name.replace("/", "-")}"'}, files[name])
            else:
                self.answer(404, {"X-Error-Code": "RepoNotFound"})

        def answer(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
            self.send_response(status)
            for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    hub = Hub(tmp_path / "home", server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield hub
    hub.stop()


def _refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    for word in ("hf:owner/", *words):
        assert word in done.stderr


def test_a_dataset_is_fetched_and_its_bytes_are_the_publishers(hub, tmp_path):
    done = hub.ask("corpus", "convert", "hf:owner/talks", "--to", "json", "--out", str(tmp_path / "out"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"dialogues": 16, "files": 16}
    for file in DEMO_CORPUS.glob("*.json"):
        assert (tmp_path / "out" / file.name).read_bytes() == file.read_bytes()
    assert not list(hub.home.rglob("large.png"))


def test_a_copy_that_was_fetched_whole_is_read_without_the_hub(hub):
    assert hub.ask("corpus", "stats", "hf:owner/talks").returncode == 0
    hub.stop()
    for environment in ({}, {"HF_HUB_OFFLINE": "1"}):
        done = hub.ask("corpus", "stats", "kokorochat=hf:owner/talks", "--json", **environment)
        assert json.loads(done.stdout)["dialogues"] == 16


def test_a_copy_that_was_fetched_by_halves_is_no_corpus(hub):
    hub.missing.add(f"{DIALOGUE_FOLDER}/7.json")
    assert hub.ask("corpus", "stats", "hf:owner/talks").returncode == 2
    hub.stop()
    _refused(hub.ask("corpus", "stats", "hf:owner/talks"), "can't be reached", "give its folder")


def test_without_a_network_the_way_round_it_is_named(hub):
    hub.stop()
    start = time.monotonic()
    _refused(hub.ask("corpus", "stats", "hf:owner/talks"), "can't be reached", "download", "give its folder")
    assert time.monotonic() - start < 10


def test_the_users_wish_to_stay_offline_is_kept(hub):
    _refused(hub.ask("corpus", "stats", "hf:owner/talks", HF_HUB_OFFLINE="1"), "HF_HUB_OFFLINE is set")


def test_a_hub_that_never_answers_is_given_up(hub):
    hub.silent = True
    start = time.monotonic()
    _refused(hub.ask("corpus", "stats", "hf:owner/talks"), "can't be reached")
    assert time.monotonic() - start < 10


def test_an_unknown_name_is_refused(hub):
    _refused(hub.ask("corpus", "stats", "hf:owner/nothing"), "knows no such dataset", "Check the name")


def test_a_gated_dataset_is_refused_with_the_way_in(hub):
    _refused(hub.ask("corpus", "stats", "hf:owner/gated"), "accepted", "hf auth login")


def test_what_is_no_name_is_refused(hub):
    _refused(hub.ask("corpus", "stats", "hf:owner/a name"), "not the name of a dataset")


def test_without_the_extra_its_install_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert main(["corpus", "stats", "hf:owner/talks"]) == 2
    assert install_extra("hub") in capsys.readouterr().err
