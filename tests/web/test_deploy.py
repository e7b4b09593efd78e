"""What is shipped for an operator names verbs and settings that exist, and passes each setting on."""

import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml

from kokorochat.cli.web import VERBS
from kokorochat.web import settings as settings_module

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCS = (DEPLOY.parent / "docs" / "deploy.md").read_text()
FILES = sorted(path for path in DEPLOY.iterdir() if path.is_file() and path.name != ".env")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "backup")
A_SETTING = r"\b(KOKOROCHAT_[A-Z_]+|DATABASE_URL|REDIS_URL)\b"
KNOWN = set(re.findall(f'"{A_SETTING}"', Path(settings_module.__file__).read_text()))
LISTED = {name for cell in re.findall(r"^\| (`.+?) \|", DOCS, re.M) for name in re.findall(A_SETTING, cell)}
"""The settings of the table in docs/deploy.md; models read one by themselves."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_command_and_setting_exists_and_is_explained(file):
    text = file.read_text()
    verbs = {verb.name for verb in VERBS}
    for command in re.findall(r"kokorochat web ([a-z-]+)", text) + re.findall(r"kokorochat, web, ([a-z-]+)", text):
        assert f"web {command}" in verbs
    for setting in re.findall(A_SETTING, text):
        assert setting == "KOKOROCHAT_HOST" or f"`{setting}`" in DOCS


def test_every_setting_stands_in_the_table():
    assert len(KNOWN) > 15
    assert KNOWN <= LISTED


def test_the_containers_can_be_read_and_wait_for_the_tables():
    for name in ("web", "worker", "backup"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert {"DATABASE_URL", "REDIS_URL"} <= SERVICES[name]["environment"].keys()


@pytest.mark.parametrize("service", OURS)
def test_every_setting_reaches_every_container(service):
    built_in = set(re.findall(A_SETTING, (DEPLOY / "Dockerfile").read_text()))
    assert SERVICES[service]["environment"].keys() | built_in >= LISTED


def names_in(example: str) -> list[str]:
    return re.findall(r"^#?([A-Z_]+)=", (DEPLOY / example).read_text(), re.M)


def test_the_examples_name_every_setting_once():
    free = {name for name, value in SERVICES["web"]["environment"].items() if value is None}
    assert sorted(names_in("compose.env.example")) == sorted(free | {"KOKOROCHAT_HOST", "POSTGRES_PASSWORD"})
    assert sorted(names_in("kokorochat.env.example")) == sorted(LISTED | {"FORWARDED_ALLOW_IPS"})


async def address_seen(through: str, says: str) -> str:
    """Whom the platform takes for the visitor of a connection from an address that says for whom it speaks."""
    seen: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    config = uvicorn.Config(application, interface="asgi3", lifespan="off", log_config=None)
    config.load()
    scope = {"type": "websocket", "client": (through, 9), "headers": [(b"x-forwarded-for", says.encode())]}
    await config.loaded_app(scope, None, None)
    return seen[0]


async def test_the_containers_proxy_is_believed_whose_visitor_it_brings_and_nobody_else_is(monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", SERVICES["web"]["environment"]["FORWARDED_ALLOW_IPS"])
    subnet = COMPOSE["networks"]["proxy"]["ipam"]["config"][0]["subnet"]
    caddy = subnet.replace("0/24", "7")
    assert await address_seen(through=caddy, says="203.0.113.9") == "203.0.113.9"
    assert await address_seen(through=caddy, says="10.9.9.9, 203.0.113.9") == "203.0.113.9"
    for stranger in ("172.18.0.5", "127.0.0.1", "203.0.113.9"):
        assert await address_seen(through=stranger, says="198.51.100.1") == stranger
    # Nobody but the two is in that network.
    assert SERVICES["caddy"]["networks"] == ["proxy"]
    assert SERVICES["web"]["networks"] == ["default", "proxy"]
    assert not [name for name in SERVICES.keys() - {"caddy", "web"} if "networks" in SERVICES[name]]


async def test_a_proxy_on_the_same_machine_is_believed_as_it_is(monkeypatch):
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    assert await address_seen(through="127.0.0.1", says="203.0.113.9") == "203.0.113.9"


def a_round_of_backups(folder: Path, tools: Path, *, good: bool) -> set[str]:
    """What lies in the folder after one round of the container that backs up, `web backup` and `sleep` being ours."""
    place = SERVICES["backup"]["volumes"][-1].partition(":")[2]
    shell, option, script = SERVICES["backup"]["command"]
    for name, does in {"kokorochat": 'touch "$3"' if good else "exit 2", "sleep": "kill $PPID"}.items():
        (tools / name).write_text(f"#!/bin/sh\n{does}\n")
        (tools / name).chmod(0o755)
    assert f"cd {place}\n" in script
    script = script.replace("$$", "$").replace(place, str(folder))
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
    subprocess.run([shell, option, script], env=environment, check=False, timeout=20)
    return {file.name for file in folder.iterdir()}


def test_the_container_that_backs_up_keeps_backups_for_35_days_and_always_the_newest(tmp_path):
    folder, tools = tmp_path / "backups", tmp_path / "tools"
    left_by_a_killed_one = folder / ".kokorochat-backup-x"
    for new in (folder, tools, left_by_a_killed_one):
        new.mkdir()
    (left_by_a_killed_one / "database.dump").touch()
    for name, days in (("kokorochat-old.tar.gz", 37), ("kokorochat-new.tar.gz", 30)):
        (folder / name).touch()
        os.utime(folder / name, (0, time.time() - days * 86400))
    for old in (left_by_a_killed_one / "database.dump", left_by_a_killed_one):
        os.utime(old, (0, time.time() - 40 * 86400))
    (folder / "not-ours").touch()
    os.utime(folder / "not-ours", (0, 0))
    kept = {"kokorochat-new.tar.gz", "not-ours"}
    # A failed one, as on a full disk, makes room all the same.
    assert a_round_of_backups(folder, tools, good=False) == kept
    os.utime(folder / "kokorochat-new.tar.gz", (0, time.time() - 40 * 86400))
    assert a_round_of_backups(folder, tools, good=False) == kept, "a newer one is not there"
    (new,) = a_round_of_backups(folder, tools, good=True) - {"not-ours"}
    assert re.fullmatch(r"kokorochat-[0-9-]{17}\.tar\.gz", new)
