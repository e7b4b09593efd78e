"""What the page says of its tables: who of a test part is known stands under each table that it concerns."""

import msgspec
import pytest

from kokorochat.corpus.analysis.language import Language
from kokorochat.paper.page import paper_page
from kokorochat.paper.plan import RESPONSES
from kokorochat.paper.report import Leak, Report
from kokorochat.paper.systems import ScoreSplit
from kokorochat.paper.tables import Figure, Lost, TableRow, table_4, table_5, table_6, table_8, topic_table
from kokorochat.paper.words import Words
from systems_files import scored

SPLITS = [
    ScoreSplit("random", "none", (1,), (0,), "dialogue"),
    ScoreSplit("client", "client", (1,), (0,), "client"),
]
LEAKS = [Leak("random", 200, 199, 190), Leak("client", 200, 0, 190), Leak(RESPONSES, 118, 59, 118)]
OURS = TableRow("One", "一", "ours", {"mae": Figure(0.7), "acc": Figure(41.0)}, "random")
TOLD = TableRow("Two", "二", "told", {"mae": Figure(0.5), "acc": Figure(51.0)}, "random")


def report(leaks=LEAKS, rows=(OURS,)):
    tables = [table_4([]), table_5(rows), table_6([]), *table_8([]), topic_table([])]
    return Report("1", "a test", 10, SPLITS, list(leaks), tables, None)


def words(of, language="en"):
    return Words(of, Language(language))


def under(said, number):
    tables = {table.number: table for table in said._report.tables}
    told = {
        "4": lambda: said.table_4(tables["4"]),
        "5": lambda: said.table_5(tables["5"]),
        "6": lambda: said.table_6(tables["6"]),
        "8": lambda: said.table_8([tables["8 acc"], tables["8 acc_soft"], tables["8 mae"]]),
    }
    return " ".join(told[number]()[2])


def test_under_the_responses_stands_whose_people_are_known():
    said = "Of the 118 test dialogues 50.0 % have a client who is in what is learnt from too, and 100.0 % such a coun"
    assert said in under(words(report()), "4")
    assert "相談者が学習データにも現れるものは50.0 %" in under(words(report(), "ja"), "4")


@pytest.mark.parametrize("number", ["6", "8"])
def test_under_each_table_of_the_random_split_stands_how_many_raters_are_known(number):
    assert "99.5 % of the 200 test dialogues have a rater seen in training" in under(words(report()), number)
    assert "テスト200対話の99.5 %" in under(words(report(), "ja"), number)


def test_of_several_splits_each_heading_says_it_for_its_own():
    random, client = (words(report()).split(split) for split in SPLITS)
    assert "99.5 % of the 200" in random
    assert "0.0 % of the 200" in client


def test_what_was_not_counted_is_not_said():
    nothing = [msgspec.structs.replace(leak, client=None, counselor=None) for leak in LEAKS]
    for leaks in ([], nothing):
        for number in ("4", "6", "8"):
            assert "seen in training" not in under(words(report(leaks)), number)
            assert "learnt from too" not in under(words(report(leaks)), number)


def test_every_signature_of_a_row_is_on_the_page():
    signatures = [f"score|seed={seed}" for seed in (1, 2, 3)]
    row = msgspec.structs.replace(OURS, signatures=signatures, how=["kokorochat evaluate"])
    page = paper_page(report(rows=[row]), Language("en")).decode()
    assert all(f">{signature}</code>" in page for signature in signatures)


def test_a_row_says_how_many_answers_its_figures_are_not_of():
    row = msgspec.structs.replace(OURS, lost=Lost(658, 12, 3, values=12_860, failures={"no JSON": 12}))
    english, japanese = (words(report(rows=[row]), language).beside(row) for language in ("en", "ja"))
    assert english == [
        "of 658 answers 12 can’t be read in full, 3 are missing (failed: no JSON 12); "
        "MAE is over 12,860 of 13,160 values"
    ]
    assert japanese[0].startswith("658件の答えのうち12件は全部または一部を読み取れません、3件は欠けています（失敗：")
    assert english[0] in paper_page(report(rows=[row]), Language("en")).decode()
    empty = msgspec.structs.replace(OURS, lost=Lost(4_631, empty=7))
    assert words(report()).beside(empty) == ["of 4,631 answers 7 are empty"]
    by_item = words(report()).table_8([*table_8([(row, scored(0.7))])])[2]
    assert f"One: {english[0]}" in by_item


def test_a_row_says_that_its_model_may_know_what_the_split_keeps_apart():
    row = msgspec.structs.replace(OURS, learnt_group="none")
    assert "keeps less apart (group none)" in words(report()).beside(row)[0]
    by_item = words(report()).table_8([*table_8([(row, scored(0.7))])])[2]
    assert [told for told in by_item if told.startswith("One: learnt from a split that keeps less apart (group none)")]
    assert "この表の分割ほど人や事例を分けていません" in words(report(), "ja").beside(row)[0]


def test_a_row_of_fewer_runs_than_its_split_says_so():
    five = [msgspec.structs.replace(SPLITS[0], seeds=(1, 2, 3, 4, 5)), SPLITS[1]]
    rows = [msgspec.structs.replace(OURS, runs=1, split=split.name) for split in SPLITS]
    told = msgspec.structs.replace(report(rows=rows), splits=five)
    assert [words(told).beside(row) != [] for row in rows] == [True, False]
    page = paper_page(told, Language("en")).decode()
    assert page.count("one model whatever the seed, asked once for each test part") == 1
    assert "シードによらない一つのモデルです" in paper_page(told, Language("ja")).decode()


def test_a_row_of_one_training_names_its_seed():
    five = [msgspec.structs.replace(SPLITS[0], seeds=(1, 2, 3, 4, 5)), SPLITS[1]]
    row = msgspec.structs.replace(OURS, runs=1, only_seed=3)
    english, japanese = (
        words(msgspec.structs.replace(report(rows=[row]), splits=five), language).beside(row)
        for language in ("en", "ja")
    )
    assert english == ["one training, seed 3, asked once for each test part: it says nothing about other seeds"]
    assert "学習は一度だけです（シード3）" in japanese[0]


def test_a_model_that_is_told_who_rates_is_never_the_best():
    with_told = report(rows=(OURS, TOLD))
    assert ("0.700", "MAE (paper 0.828)") in words(with_told).facts()
    assert "told who rates does another task" in under(words(with_told), "5")
    assert "told who rates does another task" not in under(words(report()), "5")
    page = paper_page(with_told, Language("en")).decode()
    assert "<b>0.7000</b>" in page
    assert "<b>0.5000</b>" not in page
    assert ">0.5000<" in page
