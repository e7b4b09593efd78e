"""`corpus analyze`: what scripts rely on."""

import json

import pytest

from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.domain.feedback import ITEM_KEYS


def test_the_document_has_what_is_relied_on_and_the_folder_what_it_names(tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["corpus", "analyze", str(DEMO_CORPUS), "--out", str(out), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["files"][0] == "index.html"
    assert sorted(document["files"]) == sorted(file.name for file in out.iterdir())
    assert sum(bin["count"] for bin in document["score_histogram"]["bins"]) == 16
    assert isinstance(document["feature_spearman"]["client_characters"], float)
    assert [len(row) for row in document["item_spearman"]] == [20] * 20
    assert document["items"] == list(ITEM_KEYS)
    assert set(document["readings"][0]) == {"figure", "claim", "paper", "ours", "holds"}
    assert set(document["feature_tests"]["minutes"]) == {"rho", "low", "high", "p", "p_adjusted", "n", "clusters"}


def test_people_see_where_the_page_is(tmp_path, capsys):
    assert main(["corpus", "analyze", str(DEMO_CORPUS), "--out", str(tmp_path / "out"), "--language", "ja"]) == 0
    assert "index.html" in capsys.readouterr().out
    assert '<html lang="ja">' in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_a_table_of_people_gives_figure_9(tmp_path, capsys):
    people = tmp_path / "people.csv"
    ids = {json.loads(file.read_bytes())["review_by_client_en"]["client_id"] for file in DEMO_CORPUS.glob("*.json")}
    people.write_text("id,age,gender\n" + "".join(f"{number},44,f\n" for number in ids), encoding="utf-8")
    arguments = ["corpus", "analyze", str(DEMO_CORPUS), "--out", str(tmp_path / "out"), "--people", str(people)]
    assert main(arguments) == 0
    shown = len(ids) >= 5
    assert (tmp_path / "out" / "figure-9-people.svg").exists() == shown


@pytest.mark.parametrize("text", ["id,age\n1,2\n", "id,age,gender\nnobody,30,f\n"])
def test_a_bad_table_of_people_is_refused_and_nothing_is_written(text, tmp_path, capsys):
    people = tmp_path / "people.csv"
    people.write_text(text, encoding="utf-8")
    arguments = ["corpus", "analyze", str(DEMO_CORPUS), "--out", str(tmp_path / "out"), "--people", str(people)]
    assert main(arguments) == 2
    assert "people.csv" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_in_it_is_refused_before_anything_is_read(tmp_path, capsys):
    (tmp_path / "note").write_text("")
    assert main(["corpus", "analyze", str(tmp_path / "nowhere"), "--out", str(tmp_path)]) == 2
    assert "not an empty folder" in capsys.readouterr().err


def test_a_broken_dialogue_is_named_and_nothing_is_written(tmp_path, capsys):
    (tmp_path / "1.json").write_text('{"dialogue": []}')
    assert main(["corpus", "analyze", f"kokorochat={tmp_path}", "--out", str(tmp_path / "out")]) == 2
    assert "1.json" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
