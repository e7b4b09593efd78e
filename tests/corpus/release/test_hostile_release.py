"""What a slip, a strange id or a file that changes meanwhile could publish: none of it does."""

import json
import os
import re

import pytest

from kokorochat.corpus.reading import Corpus, find_corpus
from kokorochat.corpus.release.about import licence_text, load_about
from kokorochat.corpus.release.gate import Refused
from kokorochat.corpus.release.leaving_out import load_leave_out
from kokorochat.domain.errors import InputError
from spoiling import both_reviews


def _lines(path, records):
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


def _record(number, **more):
    roles = ("counselor", "client")
    return {
        "id": number,
        "messages": [{"role": roles[turn % 2], "content": f"{number}つめの{turn}"} for turn in range(4)],
        "counselor": "c",
        "client": "d",
        **more,
    }


def _released(folder):
    return "".join(file.read_text("utf-8") for file in sorted(folder.rglob("*")) if file.suffix in (".md", ".jsonl"))


def test_a_sharp_within_an_id_is_no_remark_and_leaves_out_whom_it_names(release, tmp_path):
    source = _lines(tmp_path / "own.jsonl", [_record(n, client="a" if n % 2 else "a#b") for n in range(6)])
    names = tmp_path / "leave"
    names.write_text("person a#b# c\nperson a#b # asked by letter\n#person a\n  # client a\n", encoding="utf-8")
    assert [name for _, name in load_leave_out(names).places] == ["a#b# c", "a#b"]
    names.write_text("person a#b # asked by letter\n", encoding="utf-8")
    assert release(source=source, leave_out=load_leave_out(names)).left_out == 3
    told = _released(tmp_path / "out")
    assert not any(f"{n}つめ" in told for n in (0, 2, 4))
    assert all(f"{n}つめ" in told for n in (1, 3, 5))


@pytest.mark.parametrize("outside", ["/etc/passwd", "../terms.txt", "link.txt", "inner/../../terms.txt"])
def test_a_licence_from_outside_the_forms_own_folder_is_not_published(outside, form, tmp_path):
    (tmp_path.parent / "terms.txt").write_text("private", encoding="utf-8")
    (tmp_path / "inner").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path.parent / "terms.txt")
    path = form(licence_file=outside)
    with pytest.raises(InputError, match="licence_file"):
        licence_text(load_about(path), path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_is_no_form_no_licence_and_no_list(form, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    path = form(licence_file="pipe")
    for read in (lambda: licence_text(load_about(path), path), lambda: load_about(tmp_path / "pipe")):
        with pytest.raises(InputError, match="not a file"):
            read()
    with pytest.raises(InputError, match="not a file"):
        load_leave_out(tmp_path / "pipe")


def test_a_rating_whose_name_is_markup_stays_one_cell_of_the_card(release, tmp_path):
    name = "x | 9 |\n\n## Consent\n\n<img src=x onerror=alert(1)> [a](http://b) `c` &lt; \x1b[31m" + "y" * 5000
    source = _lines(tmp_path / "own.jsonl", [_record(n, ratings={name: n % 5}) for n in range(12)])
    release(source=source, reviewed_by=("<b>A</b>",))
    card = (tmp_path / "out/README.md").read_text(encoding="utf-8")
    assert [line for line in card.splitlines() if "## Consent" in line] == ["## Consent"]
    assert not re.search(r"(?<!\\)<(?:img|b)|(?<!\\)\[a\]|\x1b|y{200}", card)
    row = next(line for line in card.splitlines() if "img" in line)
    assert len(re.findall(r"(?<!\\)\|", row)) == 5


@pytest.mark.parametrize("place", ["labels", "label", "topic"])
def test_a_contact_detail_beside_the_talk_must_be_looked_at_too(place, release, tmp_path):
    detail = "hanako@example.org"
    more = {
        "labels": {"labels": {"from": [detail]}},
        "label": {"labels": {detail: ["x"]}},
        "topic": {"topic": {"main": "Others", "sub": f"mail to {detail}"}},
    }[place]
    source = _lines(tmp_path / "own.jsonl", [_record(n, **(more if n == 2 else {})) for n in range(4)])
    with pytest.raises(Refused) as refusal:
        release(source=source)
    assert [(finding.code, finding.dialogue) for finding in refusal.value.findings] == [("e-mail", "2")]
    assert detail not in str(refusal.value.findings)
    assert release(source=source, reviewed_by=("A",)).dialogues == 4


def test_times_further_apart_than_a_calendar_holds_are_named(corpus, release):
    file = corpus / "3.json"
    record = json.loads(file.read_text(encoding="utf-8"))
    for utterance in record["dialogue"]:
        utterance["time"] = "0001-01-01T00:00:00"
    both_reviews("evaluation_created_at", "評価作成日時", "9999-12-31T23:59:00")(record)
    file.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(InputError, match=r"dialogue 3: .*further apart"):
        release()


def test_what_is_released_is_what_was_checked_though_the_source_changes_meanwhile(monkeypatch, release, tmp_path):
    source = _lines(tmp_path / "own.jsonl", [_record(n) for n in range(4)])
    rows, readings = Corpus.rows, []

    def changing(self):
        yield from rows(self)
        if self.path == source:
            readings.append(1)
            worse = [_record(n, labels={}) for n in range(4)]
            worse[1]["messages"][0]["content"] = "hanako@example.org"
            _lines(source, worse)

    monkeypatch.setattr(Corpus, "rows", changing)
    release(source=source)
    assert readings
    assert "hanako" not in _released(tmp_path / "out")


def test_a_place_behind_a_link_to_itself_is_named(release, tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError):
        release("loop/out")
    with pytest.raises(InputError):
        release(linking_key=tmp_path / "loop/key.json")
    assert find_corpus(tmp_path / "corpus")
    assert not (tmp_path / "out").exists()
