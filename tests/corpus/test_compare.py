"""Table 1 from the data: what a row counts, and when it says that the paper's figure was reproduced."""

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.corpus.compare import RUN, UTTERANCE, Count, corpora_to_compare, count_corpus, human_made, table_1
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import SOURCES
from kokorochat.corpus.sources import augesc, esdcot, healme, kokorochat
from kokorochat.corpus.sources.esdcot import HISTORY
from kokorochat.corpus.sources.healme import OTHER_COLUMNS, TURNS
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError


def _rows(*specs: str) -> dict[str, dict]:
    counts = [count_corpus(corpus, corpus.rows()) for corpus in corpora_to_compare(specs)]
    return {row["name"]: row for row in table_1(counts)}


def _state(source, dialogues: int, **lengths: int) -> tuple[str, str]:
    counts = Count(source, "place", dialogues=dialogues, lengths=Counter(lengths))
    (row,) = [row for row in table_1([counts]) if row["format"] == source.format]
    return row["status"], row["reason"]


def _healme(folder: Path, dialogues: int, broken: int = 0) -> str:
    with (folder / "train.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow([*OTHER_COLUMNS, *TURNS])
        table.writerows([[index, "a", "b", *"ABCDEF"] for index in range(dialogues)])
        table.writerows([["", "a", "b", *"ABCDEF"]] * broken)
    return str(folder)


@pytest.mark.parametrize(
    ("dialogues", "status", "reason"),
    [
        (1_300, "reproduced", ""),
        (1_299, "partial", "1,299 of 1,300 dialogues are there"),
        (1_301, "differs", "1,301 dialogues, the paper prints 1,300"),
    ],
)
def test_only_what_equals_the_papers_figures_is_reproduced(tmp_path, dialogues, status, reason):
    row = _rows(_healme(tmp_path, dialogues))["HealMe"]
    assert (row["status"], row["reason"]) == (status, reason)
    assert (row["dialogues"], row["avg_utterances"], row["count_unit"]) == (dialogues, 6.0, "utterance")
    assert row["paper"] == {"dialogues": 1_300, "avg_utterances": 6.0}


@given(st.integers(0, 65_000 * 60))
def test_an_average_is_reproduced_if_and_only_if_it_prints_as_the_papers(utterances):
    status, reason = _state(augesc.SOURCE, 65_000, utterance=utterances)
    assert (status == "reproduced") == (f"{utterances / 65_000:.1f}" == "26.7")
    assert bool(reason) == (status == "differs")


def test_a_count_that_the_paper_rounded_differs_and_says_why():
    status, reason = _state(augesc.SOURCE, 65_077, utterance=round(26.7 * 65_077))
    assert status == "differs"
    assert reason == "65,077 dialogues, the paper prints 65,000, which is that number rounded to thousands"


def test_where_another_unit_gives_the_papers_average_the_reason_names_it():
    status, reason = _state(esdcot.SOURCE, 1_708, **{HISTORY: 1_708 * 22, UTTERANCE: round(1_708 * 23.4)})
    assert status == "differs"
    assert reason == (
        "22.0 utterances before the response per dialogue, the paper prints 23.4, which utterances would give"
    )


def test_a_row_that_can_not_be_used_is_counted_and_the_others_are_counted_too(tmp_path):
    row = _rows(_healme(tmp_path, 1_300, broken=2))["HealMe"]
    assert (row["status"], row["unreadable"], row["dialogues"]) == ("unreadable", 2, 1_300)
    assert row["reason"].startswith("2 of 1,302 rows can't be used; the first: ")
    assert "train.csv, line 1302" in row["reason"]


def test_the_papers_table_is_whole_and_in_its_order(tmp_path):
    rows = _rows(_healme(tmp_path, 3))
    papers = ["HealMe", "ESD-CoT", "CACTUS", "SMILECHAT", "AUGESC", "Anno-MI", "ESConv"]
    papers += ["Client-Reactions", "KokoroChat"]
    assert [name for name in rows if name in papers] == papers
    for name, row in rows.items():
        if name not in ("HealMe", "Client-Reactions"):
            assert (row["status"], row["dialogues"], row["avg_utterances"]) == ("not given", None, None)
            assert row["paper"]["dialogues"] > 0


def test_a_corpus_that_was_not_released_is_a_row_with_its_source_whether_named_or_not(tmp_path):
    for specs in ((_healme(tmp_path, 1),), ("client-reactions=anywhere", _healme(tmp_path, 1))):
        row = _rows(*specs)["Client-Reactions"]
        assert (row["status"], row["dialogues"], row["n_scored"]) == ("unreleased", None, None)
        assert "dll-wu/Client-Reactions" in row["reason"]


def test_scores_items_and_runs_are_counted():
    row = _rows(str(DEMO_CORPUS))["KokoroChat"]
    assert (row["human_made"], row["scored"], row["n_scored"], row["score_items"]) == (True, True, 16, 20)
    assert row["status"] == "partial"
    assert 1 < row["other_units"][RUN] <= row["avg_utterances"]


def test_a_corpus_that_is_not_in_the_table_stands_behind_it(tmp_path):
    own = replace(healme.SOURCE, name="Own", paper=None, released=None)
    rows = table_1([Count(own, "place", 2, lengths=Counter(utterance=12))])
    assert rows[-1]["name"] == "Own"
    assert (rows[-1]["status"], rows[-1]["paper"]) == ("not in Table 1", {"dialogues": None, "avg_utterances": None})


def test_a_corpus_that_is_not_in_the_table_is_partial_where_its_release_is_not_whole():
    own = replace(healme.SOURCE, name="Own", paper=None, released=3)
    rows = [table_1([Count(own, "place", dialogues)])[-1] for dialogues in (2, 3)]
    assert [(row["status"], row["reason"]) for row in rows] == [
        ("partial", "2 of the 3 dialogues of the release are there"),
        ("not in Table 1", ""),
    ]


def test_another_count_in_the_publishers_readme_is_told():
    source = replace(kokorochat.SOURCE, paper=None, released=None, stated=3)
    rows = table_1([Count(source, "two", dialogues=2), Count(source, "three", dialogues=3)])[-2:]
    assert [(row["status"], row["reason"]) for row in rows] == [
        ("not in Table 1", "2 dialogues are there, its publisher's README counts 3"),
        ("not in Table 1", ""),
    ]


def test_who_was_a_person_is_told_for_each_role():
    cases = (Role, True), ((), False), ((Role.CLIENT,), "client only"), ((Role.COUNSELOR,), "counselor only")
    for human, told in cases:
        assert human_made(replace(healme.SOURCE, human=frozenset(human))) == told
    assert human_made(replace(healme.SOURCE, human=None)) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"language": "English"}, "the language is English, the paper prints Japanese"),
        ({"human": frozenset({Role.CLIENT})}, "human-made is client only, the paper prints True"),
        ({"scale": None}, "no score items, the paper prints 20"),
    ],
)
def test_the_other_columns_are_compared_too(monkeypatch, change, reason):
    source = replace(kokorochat.SOURCE, **change)
    monkeypatch.setattr("kokorochat.corpus.compare.SOURCES", (source,))
    assert _state(source, 6_589, utterance=600_939) == ("differs", reason)


def test_an_empty_corpus_has_no_average(tmp_path):
    row = _rows(_healme(tmp_path, 0))["HealMe"]
    assert (row["dialogues"], row["avg_utterances"], row["other_units"]) == (0, None, {})
    assert row["status"] == "partial"


def test_every_place_is_looked_up_before_the_first_is_read(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        corpora_to_compare([_healme(tmp_path, 1), str(tmp_path / "nowhere")])


def test_every_source_of_the_table_names_the_unit_that_it_counts():
    assert all(source.unit for source in SOURCES if source.paper)


@pytest.mark.slow
def test_the_released_corpus_gives_the_papers_row(corpus_path):
    row = _rows(str(corpus_path))["KokoroChat"]
    assert (row["status"], row["dialogues"], row["n_scored"]) == ("reproduced", 6_589, 6_589)
    assert round(row["avg_utterances"], 2) == 91.20
    assert round(row["other_units"][RUN], 2) == 71.63


@pytest.mark.slow
def test_esconv_gives_the_papers_row_with_its_partial_ratings(shared_corpus):
    row = _rows(str(shared_corpus("esconv")))["ESConv"]
    assert (row["status"], row["dialogues"], row["n_scored"], row["score_items"]) == ("reproduced", 1_300, 1_150, 2)
    assert round(row["avg_utterances"], 3) == 29.512


@pytest.mark.slow
def test_a_corpus_with_a_human_client_alone_says_so(shared_corpus):
    row = _rows(str(shared_corpus("mibot")))["MIBOT v6.3A"]
    assert (row["status"], row["human_made"], row["n_scored"]) == ("not in Table 1", "client only", 106)
    assert (round(row["avg_utterances"], 2), round(row["other_units"][RUN], 2)) == (80.71, 29.96)
