"""Private notes: the counselor's alone, and never written over unseen."""

import pytest

from cast import played
from kokorochat.web.accounts.models import AuditEntry
from kokorochat.web.export import dialogue_of
from kokorochat.web.roleplay.actions import LONGEST_NOTE, RefusedError, keep_note
from kokorochat.web.roleplay.models import Note
from kokorochat.web.roleplay.queries import note_of


def refused(code: str) -> object:
    return pytest.raises(RefusedError, check=lambda error: error.code == code and str(error))


def test_notes_grow_by_versions(session, aoi):
    first = keep_note(session.pk, aoi, "緊張している", 0)
    second = keep_note(session.pk, aoi, "緊張している。ゆっくり", first.version)
    assert (first.version, second.version) == (1, 2)
    assert note_of(aoi, session).text == "緊張している。ゆっくり"


def test_a_repeat_after_a_lost_answer_is_no_change(session, aoi):
    keep_note(session.pk, aoi, "緊張している", 0)
    assert keep_note(session.pk, aoi, "緊張している", 0).version == 1


def test_what_another_window_has_changed_is_not_overwritten(session, aoi):
    keep_note(session.pk, aoi, "一つ目の窓", 0)
    with refused("stale"):
        keep_note(session.pk, aoi, "二つ目の窓", 0)
    assert note_of(aoi, session).text == "一つ目の窓"


@pytest.mark.parametrize("text", ["あ" * (LONGEST_NOTE + 1), "NUL\0です"])
def test_what_can_not_be_stored_is_refused(session, aoi, text):
    with refused("bad-note"):
        keep_note(session.pk, aoi, text, 0)
    assert not Note.objects.exists()


def test_neither_the_client_nor_a_stranger_nor_an_administrator_writes_or_reads_them(
    session, aoi, midori, sumire, jimu
):
    keep_note(session.pk, aoi, "秘密", 0)
    for person in (midori, sumire, jimu):
        with refused("not-found"):
            keep_note(session.pk, person, "のぞき見", 1)
        assert note_of(person, session).text == ""


def test_neither_the_export_nor_the_audit_trail_knows_their_words(aoi, midori):
    session = played(aoi, midori)
    keep_note(session.pk, aoi, "秘密のメモ", 0)
    assert "秘密のメモ" not in repr(dialogue_of(session))
    assert all("秘密" not in str(entry) for entry in AuditEntry.objects.all())
