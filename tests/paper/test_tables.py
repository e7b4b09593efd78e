"""Rows from what was measured, beside the paper's."""

import pytest

from answers import some_answers
from kokorochat.evaluation.text_metrics import response_metrics
from kokorochat.paper.published import published
from kokorochat.paper.tables import (
    Figure,
    Lost,
    Table,
    TableRow,
    best_of,
    reference_row,
    response_row,
    score_row,
    table_4,
    table_5,
    table_6,
    table_8,
    topic_table,
)
from systems_files import scored

OURS = TableRow("One", "一", "ours", split="random")


def test_a_response_row_has_each_figure_with_its_interval_and_difference():
    pairs = [
        ("そうですね。", "そうですか。"),
        ("はい", "つらいですね"),
        ("眠れないのですね", "眠れない"),
        ("そう", "そう"),
    ]
    answers, others = some_answers(*pairs), some_answers(*(("はい", due) for _, due in pairs))
    measured = response_metrics(answers, against=others)
    row = response_row(measured, OURS, {"english": "Two", "japanese": "二"})
    assert (row.english, row.n, row.clusters, row.interval_by) == ("One", 4, 2, "dialogue")
    assert row.figures["bleu_1"] == Figure(measured["bleu"][0], *measured["interval"]["bleu"][0])
    assert row.figures["rouge_L"].value == measured["rouge"]["L"]
    assert row.figures["distinct_2"].value == measured["distinct"]["2"]
    assert row.differences["rouge_L"].value == pytest.approx(
        measured["rouge"]["L"] - response_metrics(others)["rouge"]["L"]
    )
    assert row.p["rouge_L"] == measured["against"]["p"]["rouge"]["L"]
    assert all("tokenizer=" in signature for signature in row.signatures)
    assert response_row(response_metrics(answers), OURS, None).differences == {}
    assert row.lost is None
    silent = response_row(response_metrics(some_answers(("", "そう"), *pairs[1:])), OURS, None)
    assert silent.lost == Lost(4, empty=1)
    people = reference_row(measured)
    assert list(people.figures) == ["distinct_1", "distinct_2"]
    assert people.figures["distinct_1"].value == measured["profiles"]["paper-like"]["distinct_of_targets"]["1"]


def test_table_4_begins_with_the_papers_rows():
    table = table_4([OURS])
    assert [row.origin for row in table.rows] == ["paper"] * 5 + ["ours"]
    high = next(row for row in table.rows if row.english == "Kokoro-High")
    assert high.figures["bleu_4"].value == published().table_4[3].bleu[3]
    assert list(high.figures) == list(table.columns)
    assert best_of(table, table.rows)["rouge_L"] == max(row.rouge[2] for row in published().table_4)


def test_a_score_row_has_mean_interval_and_both_deviations():
    row = score_row(scored(0.7), OURS)
    assert row.figures["mae"] == Figure(0.7, 0.7 - 1, 1.7, 0.1, 0.02)
    assert (row.figures["qwk"].value, row.figures["rho"].value) == (0.3, 0.6)
    assert (row.interval_by, row.clusters, row.signatures) == ("client", 7, ["score|0.7"])
    assert score_row(scored(0.7, interval=None), OURS).figures["mae"] == Figure(0.7, None, None, 0.1, 0.02)
    assert (row.runs, score_row(scored(0.7, runs=[scored(0.6), scored(0.8)]), OURS).runs) == (1, 2)
    assert score_row(scored(0.7, runs=[scored(0.6), scored(0.8)]), OURS).signatures == ["score|0.6", "score|0.8"]
    best = best_of(table_5([row]), table_5([row]).rows)
    assert (best["mae"], best["acc"]) == (0.7, published().table_5[-1].acc[0])


def test_what_a_row_is_not_of_goes_with_it_into_every_table():
    lost = {"unparsable": 3, "missing": 1, "failures": {"no JSON": 2}}
    one, other = scored(0.6, **lost), scored(0.8)
    measured = scored(0.7, runs=[one, other], asked=20, **lost)
    measured["mae"] = {**measured["mae"], "n": 330}
    row = score_row(measured, OURS)
    assert row.lost == Lost(20, 3, 1, values=330, failures={"no JSON": 2})
    assert [row.lost for row in table_6([(row, measured, [(1, 0), (2, 0)])]).rows[5:]] == [
        Lost(10, 3, 1, values=200, failures={"no JSON": 2}),
        None,
    ]
    assert [table.rows[-1].lost for table in table_8([(row, measured)])] == [row.lost] * 3
    assert score_row(scored(0.7), OURS).lost is None


def test_a_row_tells_of_a_model_whose_own_split_keeps_less_apart():
    loose = scored(0.7, signature="score|split=8:1:1 by client|learnt_group=none|version=1")
    assert (score_row(loose, OURS).learnt_group, score_row(scored(0.7), OURS).learnt_group) == ("none", None)
    assert table_6([(score_row(loose, OURS), loose, [(1, 0)])]).rows[-1].learnt_group == "none"
    assert [table.rows[-1].learnt_group for table in table_8([(score_row(loose, OURS), loose)])] == ["none"] * 3
    facts = {"split": "paper by duplicates > 0.2", "learnt_group": "none"}
    measured = response_metrics(some_answers(("そう", "そう"), ("はい", "ええ")), facts)
    assert response_row(measured, OURS, None).learnt_group == "none"


def test_table_6_has_a_row_for_each_seed():
    measured = scored(0.7, runs=[scored(0.6), scored(0.8)])
    table = table_6([(OURS, measured, [(1, 0), (2, 0)])])
    assert [row.english for row in table.rows[5:]] == ["One, seed 1", "One, seed 2"]
    assert [row.figures["mae"].value for row in table.rows[5:]] == [0.6, 0.8]
    several = table_6([(OURS, measured, [(2, 3), (2, 0)])])
    assert [row.english for row in several.rows[5:]] == ["One, seed 2, test seed 3", "One, seed 2, test seed 0"]
    assert several.rows[5].japanese == "一、シード2、テストシード3"
    assert table.rows[0].figures["mae"] == Figure(
        published().table_6[0].mae[0], deviation=published().table_6[0].mae[1]
    )


def test_table_8_has_the_twenty_items_of_each_model():
    acc, soft, mae = table_8([(OURS, scored(0.7))])
    assert [table.number for table in (acc, soft, mae)] == ["8 acc", "8 acc_soft", "8 mae"]
    assert [row.english for row in acc.rows] == [row.name for row in published().table_8] + ["One"]
    assert acc.rows[2].figures["D16"].value == published().table_8[2].acc[15]
    assert mae.rows[3].figures["D20"] == Figure(0.7, 0.7 - 2, 2.7)
    assert (len(acc.columns), acc.rising, mae.rising) == (20, list(acc.columns), [])


def test_topics_stand_beside_the_most_frequent_one_and_a_missing_system_beside_its_reason():
    interval = {"accuracy": [0.7, 0.8], "kappa": [0.6, 0.7], "by": "client", "groups": 3}
    test = {"n": 9, "accuracy": 0.75, "kappa": 0.65, "interval": interval, "majority": {"accuracy": 0.2}}
    missing = TableRow("Two", "二", "ours", reason="no")
    table = topic_table([(OURS, {"test": {**test, "signature": "s"}}), (missing, {})])
    assert [row.figures.get("accuracy", Figure(None)).value for row in table.rows] == [20, 75, None]
    assert table.rows[1].figures["accuracy"] == Figure(75, pytest.approx(70), pytest.approx(80))
    assert table.rows[2] == missing


def test_what_is_not_measured_is_no_best():
    table = Table("x", {"a": "A", "b": "B"}, ["a"], [])
    rows = [
        TableRow("1", "1", "ours", {"a": Figure(1), "b": Figure(2)}),
        TableRow("2", "2", "ours", {"a": Figure(None)}),
    ]
    assert best_of(table, rows) == {"a": 1, "b": 2}
