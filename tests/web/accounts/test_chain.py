"""The audit trail is a chain: what is changed, taken out or slipped in is told by its number."""

import os
import subprocess
import sys
import threading

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.utils.crypto import get_random_string

from cast import played
from kokorochat.web.accounts import actions, chain
from kokorochat.web.accounts.chain import ChainFault
from kokorochat.web.accounts.models import AuditEntry, AuditHead
from kokorochat.web.export import audit_reads
from kokorochat.web.roleplay.models import Session
from parts import empty_postgres


@pytest.fixture
def trail(jimu):
    """Five rows: the two with which the administrator came and accepted the consent text, and three more."""
    for deed in ("one", "two", "three"):
        actions.audit(jimu, f"deed.{deed}", "session 7")
    return AuditEntry.objects.order_by("number")


def test_rows_are_numbered_without_a_gap_and_each_carries_the_code_before(trail):
    rows = list(trail)
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert [row.previous for row in rows] == ["", *(row.code for row in rows[:-1])]
    assert len({row.code for row in rows}) == 5
    assert (chain.head().number, chain.head().code) == (5, rows[-1].code)
    assert chain.first_fault() is None


def test_an_empty_trail_is_whole(db):
    assert chain.first_fault() is None
    assert chain.first_fault(known="00") == ChainFault(0, "unknown code")


@pytest.mark.parametrize(
    "change",
    [
        {"action": "deed.other"},
        {"subject": "session 8"},
        {"by": None},
        {"at": "2020-01-01T00:00Z"},
        {"previous": "0" * 64},
        {"code": "0" * 64},
    ],
)
@pytest.mark.parametrize("number", [2, 3, 5])
def test_a_changed_row_is_named(change, number, trail):
    trail.filter(number=number).update(**change)
    assert chain.first_fault() == ChainFault(number, "changed")


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_row_that_was_taken_out_is_named(number, trail):
    trail.filter(number=number).delete()
    assert chain.first_fault() == ChainFault(number, "missing")


def test_a_row_that_was_taken_out_is_named_also_if_the_others_move_up(trail):
    trail.filter(number=3).delete()
    for number in (4, 5):
        trail.filter(number=number).update(number=number - 1)
    assert chain.first_fault() == ChainFault(3, "changed")


def test_whoever_lacks_the_key_can_not_write_a_row(trail, jimu):
    last = trail.last()
    with override_settings(SECRET_KEY=get_random_string(50)):
        actions.audit(jimu, "deed.forged", "session 7")
    assert chain.first_fault() == ChainFault(last.number + 1, "changed")


def test_what_a_replaced_key_has_signed_still_holds(trail, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = get_random_string(50)
    actions.audit(None, "deed.five", "session 7")
    assert chain.first_fault() is None
    settings.SECRET_KEY_FALLBACKS = []
    assert chain.first_fault() == ChainFault(1, "changed")


def test_an_end_that_was_cut_off_with_its_head_is_seen_by_a_code_that_was_noted(trail):
    noted = trail.last().code
    assert chain.first_fault(noted) is None
    trail.filter(number=5).delete()
    left = trail.last()
    AuditHead.objects.update(number=left.number, code=left.code)
    assert chain.first_fault() is None
    assert chain.first_fault(noted) == ChainFault(4, "unknown code")


def test_a_deed_that_is_undone_leaves_no_row_and_no_gap(trail, jimu):
    with transaction.atomic():
        actions.audit(jimu, "deed.undone", "session 7")
        transaction.set_rollback(True)
    actions.audit(jimu, "deed.done", "session 7")
    assert trail.last().number == 6
    assert chain.first_fault() is None


@pytest.mark.django_db(transaction=True)
def test_threads_add_one_after_the_other():
    def add() -> None:
        try:
            for turn in range(10):
                actions.audit(None, "deed.thread", f"session {turn}")
        finally:
            connection.close()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AuditEntry.objects.count() == 40
    assert chain.first_fault() is None


# --- what an export has read ---


def test_an_export_names_every_talk_that_it_reads(aoi, midori, jimu):
    talks = [played(aoi, midori, "はい。") for _ in range(4)]
    left_out = Session.objects.get(pk=talks[1].pk)
    left_out.feedback.delete()
    audit_reads(jimu, "corpus.export", Session.objects.all())
    first, _, third, fourth = (talk.pk for talk in talks)
    row = AuditEntry.objects.order_by("number").last()
    assert (row.by, row.action, row.subject) == (jimu, "corpus.export", f"sessions {first} {third}-{fourth}")


def test_an_export_of_nothing_is_a_row_too(jimu):
    audit_reads(jimu, "corpus.export", Session.objects.all())
    assert AuditEntry.objects.order_by("number").last().subject == "sessions none"


# --- the command ---


def test_the_command_tells_the_state_of_the_trail(trail, shell):
    code, told, _ = shell("web", "check-audit")
    assert (code, told) == (0, {"rows": 5, "head": trail.last().code, "fault": None})
    assert shell("web", "check-audit", "--known", trail.first().code)[0] == 0
    assert shell("web", "check-audit", "--known", "0" * 64)[:2] == (
        1,
        {"rows": 5, "head": trail.last().code, "fault": {"row": 5, "what": "unknown code"}},
    )
    trail.filter(number=4).update(subject="session 8")
    code, told, _ = shell("web", "check-audit")
    assert (code, told["fault"]) == (1, {"row": 4, "what": "changed"})


# --- processes, databases, rows from before ---

ADD_ROWS = """
from kokorochat.web import server; server.set_up()
from django.db import transaction
from kokorochat.web.accounts.actions import audit
for turn in range(40):
    with transaction.atomic():
        audit(None, "deed.process", f"session {turn}")
        transaction.set_rollback(turn % 4 == 0)
"""
FROM_BEFORE = """
from kokorochat.web import server; server.set_up()
from django.core.management import call_command
from django.db import connection
call_command("migrate", "accounts", "0001", verbosity=0)
with connection.cursor() as cursor:
    for turn in range(3):
        cursor.execute("INSERT INTO accounts_auditentry (at, action, subject) VALUES (%s, %s, %s)",
                       [f"2026-11-2{turn} 10:00:00.12345{turn}+00:00", "person.add", f"person {turn}"])
server.migrate()
from kokorochat.web.accounts.actions import audit
audit(None, "deed.after", "person 4")
"""


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_processes_share_one_chain_and_older_rows_are_taken_into_it(database, tmp_path):
    environment = {**os.environ, "KOKOROCHAT_DATA": str(tmp_path / "data")}

    def run(code: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", code], env=environment)

    def play() -> None:
        assert run(FROM_BEFORE).wait() == 0
        processes = [run(ADD_ROWS) for _ in range(3)]
        assert [process.wait() for process in processes] == [0, 0, 0]
        command = [sys.executable, "-m", "kokorochat", "web", "check-audit"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith("94 rows, whole.")

    if database == "sqlite":
        play()
    else:
        with empty_postgres() as environment["DATABASE_URL"]:
            play()
