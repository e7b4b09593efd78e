"""The Japanese of the pages: whole, up to date, and fitting its places."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib

import kokorochat.web
from parts import lacking

WEB = Path(kokorochat.web.__file__).parent
CATALOGUE = WEB / "locale" / "ja" / "LC_MESSAGES" / "django.po"
PO = polib.pofile(str(CATALOGUE))
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def entries(file: polib.POFile | polib.MOFile) -> dict[tuple[str, str], object]:
    return {(entry.msgctxt or "", entry.msgid): entry.msgstr_plural or entry.msgstr for entry in file}


def test_every_string_is_translated_and_none_by_guess():
    assert [entry.msgid for entry in PO.untranslated_entries()] == []
    assert [entry.msgid for entry in PO.fuzzy_entries()] == []
    assert [entry.msgid for entry in PO.obsolete_entries()] == []
    assert PO.percent_translated() == 100


def test_a_translation_keeps_the_places_of_its_string():
    for entry in PO:
        due = set(PLACES.findall(entry.msgid_plural or entry.msgid))
        for text in entry.msgstr_plural.values() if entry.msgstr_plural else [entry.msgstr]:
            assert set(PLACES.findall(text)) == due, entry.msgid


def test_the_compiled_catalogue_is_up_to_date():
    assert entries(polib.mofile(str(CATALOGUE.with_suffix(".mo")))) == entries(PO)


def test_no_string_is_missing_or_left_over(tmp_path):
    if shutil.which("xgettext") is None:
        lacking("gettext", "no xgettext on the PATH; on Debian: apt-get install gettext")
    copy = tmp_path / "web"
    shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    command = [sys.executable, "-m", "django", "makemessages", "-l", "ja", "--no-wrap", "--no-location"]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    made = polib.pofile(str(copy / CATALOGUE.relative_to(WEB)))
    found = {(entry.msgctxt or "", entry.msgid) for entry in made if not entry.obsolete}
    assert found == set(entries(PO))
