"""The command by which a missing extra is installed: of a checkout, and of copies from a wheel and from an index."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kokorochat
from kokorochat.domain.installation import install_extra, install_packages

ROOT = Path(kokorochat.__file__).parents[2]


def test_in_a_checkout_its_own_pip_keeps_the_checkout(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "executable", str(ROOT / ".venv/bin/python"))
    assert install_extra("data") == ".venv/bin/python -m pip install -c constraints.txt -e '.[data]'"
    assert install_packages("unidic-lite") == ".venv/bin/python -m pip install -c constraints.txt unidic-lite"


def test_elsewhere_the_checkout_is_named_with_its_place(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    command = [sys.executable, "-m", "pip", "install", "-c", f"{ROOT}/constraints.txt", "-e", f"{ROOT}[data]"]
    assert shlex.split(install_extra("data")) == command


def test_where_the_working_directory_is_gone_whole_paths_are_told(monkeypatch, tmp_path):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert f"-e '{ROOT}[data]'" in install_extra("data")


@pytest.mark.parametrize(
    ("note", "wanted"),
    [
        ({"url": "file:///srv/kokorochat-1.0-py3-none-any.whl", "archive_info": {}}, " @ file:///srv/kokorochat-1.0"),
        (None, ""),
    ],
    ids=["from a wheel", "from an index"],
)
def test_an_installed_copy_is_named_by_where_it_came_from(note, wanted, tmp_path):
    here = Path(kokorochat.__file__).parent
    for folder in ("__init__.py", "domain/__init__.py", "domain/installation.py"):
        (tmp_path / "kokorochat" / folder).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(here / folder, tmp_path / "kokorochat" / folder)
    noted = tmp_path / "kokorochat-1.0.dist-info"
    noted.mkdir()
    (noted / "METADATA").write_text("Metadata-Version: 2.4\nName: kokorochat\nVersion: 1.0\n")
    if note:
        (noted / "direct_url.json").write_text(json.dumps(note))
    program = "from kokorochat.domain.installation import install_extra; print(install_extra('data'))"
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    command = shlex.split(told.stdout)
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert len(command) == 5
    assert command[4].startswith(f"kokorochat[data]{wanted}")
