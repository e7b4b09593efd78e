"""A release is written whole or not at all, and holds what the source holds."""

import json
import stat
import subprocess

import pyarrow.parquet
import pytest

from kokorochat.corpus.checks import check_corpus
from kokorochat.corpus.diff import corpus_differences
from kokorochat.corpus.reading import find_corpus, read_corpus
from kokorochat.corpus.release.gate import Refused
from kokorochat.corpus.release.leaving_out import load_leave_out
from kokorochat.corpus.release.times import START
from kokorochat.corpus.sources import chat
from kokorochat.domain.errors import InputError
from spoiling import both_reviews


def _sums_hold(folder) -> bool:
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def _left(tmp_path) -> set[str]:
    """What stands beside the corpus and the form."""
    return {path.name for path in tmp_path.iterdir()} - {"corpus", "about.toml"}


def test_the_release_holds_the_same_talk_as_the_source_in_both_forms(corpus, release, tmp_path):
    released = release()
    assert (released.dialogues, released.people, released.left_out) == (16, 12, 0)
    for place in ("out", "out/data/train.parquet"):
        assert not list(corpus_differences(read_corpus(corpus), read_corpus(tmp_path / place), {"time", "ids"}))
    assert list(read_corpus(tmp_path / "out")) == list(read_corpus(tmp_path / "out/data/train.parquet"))


def test_a_release_is_a_corpus_without_a_fault_and_can_be_released_again(release, tmp_path):
    release()
    findings = check_corpus(find_corpus(tmp_path / "out"))
    assert [finding for finding in findings if finding.level != "info"] == []
    release("again", source=tmp_path / "out")
    assert _left(tmp_path) == {"out", "again"}


def test_dialogues_are_numbered_without_holes_and_begin_at_one_moment(release, tmp_path):
    release()
    dialogues = list(read_corpus(tmp_path / "out"))
    assert [dialogue.id for dialogue in dialogues] == [str(number) for number in range(1, 17)]
    assert {dialogue.utterances[0].time for dialogue in dialogues} == {START}
    counselors, clients = {d.counselor for d in dialogues}, {d.client for d in dialogues}
    assert not counselors & clients


def test_what_is_to_be_kept_is_kept(corpus, release, tmp_path):
    release(keep_ids=True, keep_times=True)
    for file in corpus.iterdir():
        assert (tmp_path / "out/kokorochat_dialogues" / file.name).read_bytes() == file.read_bytes()


def test_linked_roles_keep_the_number_of_people(corpus, release, tmp_path):
    release(link_roles=True)
    people = {person for d in read_corpus(tmp_path / "out") for person in (d.counselor, d.client)}
    assert people == {str(number) for number in range(1, 13)}


def test_checksums_hold_and_show_whatever_is_changed_afterwards(release, tmp_path):
    released = release()
    out = tmp_path / "out"
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    listed = {line.split("  ")[1] for line in (out / "SHA256SUMS").read_text().splitlines()}
    assert listed == names - {"SHA256SUMS"}
    assert {file.path for file in released.files} == names
    assert _sums_hold(out)
    for name in sorted(listed):
        file = out / name
        before = file.read_bytes()
        file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        assert not _sums_hold(out), name
        file.write_bytes(before)
    (out / "LICENSE").unlink()
    assert not _sums_hold(out)


def test_the_manifest_tells_what_was_done_and_lists_every_other_file(release, tmp_path):
    release(reviewed_by=("A. Reader",))
    manifest = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    assert (manifest["version"], manifest["created"], manifest["format"]) == ("1.0", "2026-11-25", "kokorochat")
    assert manifest["reviewed_by"] == ["A. Reader"]
    assert manifest["counts"]["dialogues"] == 16
    assert manifest["checks"]["error"] == 0
    assert manifest["options"]["times"] == "counted from the first message"
    files = {file["path"]: file for file in manifest["files"]}
    assert files["data/train.parquet"]["bytes"] == (tmp_path / "out/data/train.parquet").stat().st_size
    assert len(files) == 19


def test_an_error_refuses_the_release_with_all_places(spoiled, release, tmp_path):
    folder = spoiled(both_reviews("score", "点数", 100))
    (folder / "5.json").write_text("{")
    with pytest.raises(Refused, match=r"2 errors.*--leave-out") as refusal:
        release()
    assert {(f.code, f.dialogue) for f in refusal.value.findings} == {("total-rule", "3"), ("unreadable", "5")}
    assert _left(tmp_path) == set()


def test_a_dialogue_with_an_error_may_be_left_out(spoiled, release, tmp_path):
    spoiled(both_reviews("score", "点数", 100))
    (tmp_path / "gone").write_text("dialogue 3\n")
    released = release(leave_out=load_leave_out(tmp_path / "gone"))
    assert (released.dialogues, released.left_out) == (15, 1)


def test_a_contact_detail_waits_for_a_person_who_has_looked(spoiled, release, tmp_path):
    words = "メールは hanako@example.org です"
    spoiled(lambda record: record["dialogue"][9].update(utterance=words))
    with pytest.raises(Refused, match=r"must look at.*--reviewed-by") as refusal:
        release()
    assert [(f.code, f.where) for f in refusal.value.findings] == [("e-mail", "3:9")]
    assert _left(tmp_path) == set()
    release(reviewed_by=("A. Reader",))
    assert "A. Reader" in (tmp_path / "out/README.md").read_text(encoding="utf-8")


def test_a_cry_for_help_outside_the_role_waits_for_a_person_but_the_play_does_not(spoiled, release):
    spoiled(lambda record: record["dialogue"][9].update(utterance="もう死にたいです"))
    release()
    spoiled(lambda record: record["dialogue"][9].update(utterance="（演技ではなく、本当に死にたいです）"))
    with pytest.raises(Refused) as refusal:
        release("again")
    assert [(f.code, f.where) for f in refusal.value.findings] == [("crisis-out-of-role", "3:9")]


def test_who_asked_for_deletion_is_not_in_it_in_either_role(corpus, release, tmp_path):
    (tmp_path / "gone").write_text("person 7\ndialogue 1  # asked in May\n")
    released = release(leave_out=load_leave_out(tmp_path / "gone"))
    stay = [d for d in read_corpus(corpus) if "7" not in (d.counselor, d.client) and d.id != "1"]
    assert (released.dialogues, released.left_out) == (len(stay), 16 - len(stay))
    assert not list(corpus_differences(stay, read_corpus(tmp_path / "out"), {"time", "ids"}))
    manifest = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    assert manifest["some_left_out_on_request"] is True


def test_an_id_that_is_not_there_is_named_unless_that_is_meant(release, tmp_path):
    (tmp_path / "gone").write_text("person 7\nclient 700\n")
    leave_out = load_leave_out(tmp_path / "gone")
    with pytest.raises(InputError, match=r"gone, line 2: client 700: is not in the corpus.*--leave-out-missing ok"):
        release(leave_out=leave_out)
    assert _left(tmp_path) == {"gone"}
    release(leave_out=leave_out, missing_ok=True)


def test_a_release_of_nobody_is_refused(release, tmp_path):
    (tmp_path / "gone").write_text("".join(f"dialogue {number}\n" for number in range(1, 17)))
    with pytest.raises(InputError, match="no dialogue left"):
        release(leave_out=load_leave_out(tmp_path / "gone"))


def test_the_linking_key_is_its_owners_alone_and_finds_each_dialogue_again(corpus, release, tmp_path):
    key = tmp_path / "private" / "key.json"
    release(linking_key=key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    numbers = json.loads(key.read_text(encoding="utf-8"))["dialogues"]
    released = {d.id: d for d in read_corpus(tmp_path / "out")}
    for dialogue in read_corpus(corpus):
        again = released[str(numbers[dialogue.id])]
        assert [u.text for u in again.utterances] == [u.text for u in dialogue.utterances]


def test_a_linking_key_is_never_overwritten_nor_published(release, tmp_path):
    (tmp_path / "key.json").write_text("an older release's")
    with pytest.raises(InputError, match="is there already"):
        release(linking_key=tmp_path / "key.json")
    with pytest.raises(InputError, match="lies inside the release"):
        release(linking_key=tmp_path / "out" / "key.json")
    assert _left(tmp_path) == {"key.json"}


def test_without_its_linking_key_there_is_no_release(release, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/key\.json: can't be written"):
        release(linking_key=tmp_path / "file" / "key.json")
    assert _left(tmp_path) == {"file"}


def test_without_a_linking_key_two_releases_are_numbered_anew(release, tmp_path):
    release("one")
    release("two")
    one, two = ([d.utterances[2].text for d in read_corpus(tmp_path / name)] for name in ("one", "two"))
    assert sorted(one) == sorted(two)
    assert one != two


@pytest.mark.parametrize(
    ("choices", "what"),
    [
        ({"keep_ids": True, "link_roles": True}, "--link-roles"),
        ({"keep_ids": True, "linking_key": "key"}, "--keep-key"),
        ({"reviewed_by": (" ",)}, "--reviewed-by"),
    ],
)
def test_choices_that_exclude_each_other_are_refused(release, choices, what):
    with pytest.raises(InputError, match=what):
        release(**choices)


def test_nothing_is_written_into_the_corpus_or_over_something(corpus, release, tmp_path):
    with pytest.raises(InputError, match="inside the corpus"):
        release("corpus/out")
    with pytest.raises(InputError, match="inside the corpus"):
        release(linking_key=corpus / "key.json")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "file").write_text("")
    with pytest.raises(InputError, match="not an empty folder"):
        release()
    assert len(list(corpus.iterdir())) == 16


def test_all_files_have_one_time_so_that_an_archive_does_not_tell_the_order(release, tmp_path):
    release()
    assert len({path.stat().st_mtime for path in (tmp_path / "out").rglob("*")}) == 1


def test_no_place_of_this_machine_is_in_any_file(release, tmp_path):
    release()
    for file in (tmp_path / "out").rglob("*"):
        assert file.is_dir() or str(tmp_path).encode() not in file.read_bytes()
    metadata = pyarrow.parquet.read_metadata(tmp_path / "out/data/train.parquet").metadata or {}
    assert all(str(tmp_path).encode() not in value for value in metadata.values())


def test_a_corpus_without_feedback_or_topic_is_released_as_chat_lines(release, tmp_path):
    talk = [("counselor", "こんにちは。今日はどうされましたか。"), ("client", "眠れない日が続いています。")]
    lines = [
        {
            "id": f"talk-{number}",
            "client": f"C{number % 2}",
            "messages": [{"role": role, "content": f"{words}{number}"} for role, words in talk],
        }
        for number in range(4)
    ]
    source = tmp_path / "mine.jsonl"
    source.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    released = release(source=source)
    assert (released.dialogues, released.people) == (4, 2)
    for place in ("out", "out/data/train.parquet"):
        entries = list(find_corpus(tmp_path / place).entries())
        assert [entry.dialogue.id for entry in entries] == ["1", "2", "3", "4"]
        assert {entry.dialogue.client for entry in entries} == {"1", "2"}
        assert b"talk-" not in b"".join(chat.encode(entry) for entry in entries)
    assert "dialogues.jsonl" in (tmp_path / "out/README.md").read_text(encoding="utf-8")
