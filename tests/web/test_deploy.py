"""What is shipped for an operator names verbs and settings that exist."""

import re
from pathlib import Path

import pytest
import yaml

from kokorochat.cli.web import VERBS

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCS = (DEPLOY.parent / "docs" / "deploy.md").read_text()
FILES = sorted(path for path in DEPLOY.iterdir() if path.is_file())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_command_and_setting_exists_and_is_explained(file):
    text = file.read_text()
    verbs = {verb.name for verb in VERBS}
    for command in re.findall(r"kokorochat web ([a-z-]+)", text) + re.findall(r"kokorochat, web, ([a-z-]+)", text):
        assert f"web {command}" in verbs
    for setting in re.findall(r"\b(KOKOROCHAT_[A-Z_]+|DATABASE_URL|REDIS_URL)\b", text):
        assert setting == "KOKOROCHAT_HOST" or f"`{setting}`" in DOCS


def test_the_containers_can_be_read_and_wait_for_the_tables():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name in ("web", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert {"DATABASE_URL", "REDIS_URL"} <= services[name]["environment"].keys()
