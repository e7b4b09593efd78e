"""Words that were taken back leave the disk."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection

from kokorochat.web import wal
from kokorochat.web.roleplay import actions
from kokorochat.web.worker import duties

pytestmark = pytest.mark.django_db(transaction=True)


def files() -> list[Path]:
    place = Path(str(connection.settings_dict["NAME"]))
    return [path for path in (place, place.with_name(f"{place.name}-wal")) if path.exists()]


def stands_on_disk(word: str) -> bool:
    return any(word.encode() in path.read_bytes() for path in files())


def taken_back(session, midori, word: str) -> None:
    message = uuid4()
    actions.say(session.pk, midori, message, word)
    actions.withdraw(session.pk, midori, message)


@pytest.mark.parametrize("times", [1, 150], ids=["short", "longer than a page"])
def test_a_message_that_was_taken_back_stands_in_no_file(session, midori, times):
    word = uuid4().hex
    taken_back(session, midori, word * times)
    assert stands_on_disk(word), "it would be there without this"
    wal.empty()
    assert not stands_on_disk(word)


def test_somebody_who_reads_an_older_state_holds_nobody_up_and_the_next_look_does_it(session, midori):
    word = uuid4().hex
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as reader:
        taken_back(session, midori, word)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM roleplay_event").fetchone()
        actions.say(session.pk, midori, uuid4(), "次のことば")
        wal.empty()
        assert stands_on_disk(word)
        actions.say(session.pk, midori, uuid4(), "まだ書けます")
        reader.execute("COMMIT")
    wal.empty()
    assert not stands_on_disk(word)


def test_the_worker_looks_after_it():
    assert wal.empty in [duty.work for duty in duties()]
