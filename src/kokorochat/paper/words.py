"""What the page says around its tables, in the two languages; every number in it is a table's."""

from collections.abc import Sequence
from typing import Literal

from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.numbers import number
from kokorochat.domain.feedback import ITEMS
from kokorochat.paper.plan import RESPONSES
from kokorochat.paper.report import Report
from kokorochat.paper.systems import ScoreSplit
from kokorochat.paper.tables import Lost, Table, TableRow

Told = tuple[str, str, Sequence[str]]
"""What a table is about, what it shows in one line, and the paragraphs under it."""


class Words:
    """The sentences of a report in one language."""

    def __init__(self, report: Report, language: Language) -> None:
        self._report, self._say = report, language.say

    def lead(self) -> str:
        """Under the title."""
        return self._say(
            "What a machine without a GPU reproduces of the paper’s tables of models: its rows as printed, answers "
            "that read nothing, and ours.",
            "論文のモデルの表を、GPUのない計算機で再現した結果です。"
            "論文の値、何も読まずに出せる答え、本システムの結果を並べます。",
        )

    def facts(self) -> list[tuple[str, str]]:
        """For the row under the lead."""
        say, found = self._say, []
        if self._report.dialogues is not None:
            found.append((number(self._report.dialogues), say("dialogues", "対話")))
        for table, key, name, digits in (
            ("4", "rouge_L", "ROUGE-L", 2),
            ("5", "mae", "MAE", 3),
            ("5", "acc", "ACC", 2),
        ):
            ours, paper = self._best(table, key, "ours"), self._best(table, key, "paper")
            if ours is not None and paper is not None:
                beside = say(f"{name} (paper {number(paper, digits)})", f"{name}（論文{number(paper, digits)}）")
                found.append((number(ours, digits), beside))
        return found

    def _table(self, name: str) -> Table:
        return next(table for table in self._report.tables if table.number == name)

    def _rows(self, name: str, origin: str) -> list[TableRow]:
        """The rows of an origin; of score rows those of the first split, which is the paper's."""
        first = self._report.splits[0].name
        return [row for row in self._table(name).rows if row.origin == origin and row.split in (None, first)]

    def _best(self, name: str, key: str, origin: str) -> float | None:
        values = [
            one.value for row in self._rows(name, origin) if (one := row.figures.get(key)) and one.value is not None
        ]
        if not values:
            return None
        return max(values) if key in self._table(name).rising else min(values)

    def _beside(self, name: str, keys: Sequence[tuple[str, str, int]]) -> str:
        """Our best figures beside the paper's."""
        pairs = []
        for key, label, digits in keys:
            ours, paper = self._best(name, key, "ours"), self._best(name, key, "paper")
            if ours is not None and paper is not None:
                pairs.append((label, number(ours, digits), number(paper, digits)))
        if not pairs:
            return self._say("No row of ours could be made", "本システムの行は作成できませんでした")
        # No line ends inside of a name.
        pairs = [(label.replace("-", "\N{NON-BREAKING HYPHEN}"), ours, paper) for label, ours, paper in pairs]
        english = "; ".join(f"{label} {ours}, the paper’s best {paper}" for label, ours, paper in pairs)
        return self._say(english, "、".join(f"{label} {ours}（論文の最高{paper}）" for label, ours, paper in pairs))

    def missing(self, reason: str) -> str:
        """Why a row has no figures."""
        return self._say(f"Not made: {reason}", f"作成できませんでした：{reason}")

    def beside(self, row: TableRow) -> list[str]:
        """What must be known of a row's figures, each for a line under its name."""
        told = [] if row.lost is None else [self._lost(row.lost)]
        split = next((split for split in self._report.splits if split.name == row.split), None)
        if split is not None and row.runs is not None and row.runs < len(split.runs):
            told.append(self._one_model(row.only_seed))
        if row.learnt_group is not None:
            told.append(self._learnt_from_less_apart(row.learnt_group))
        return told

    def _learnt_from_less_apart(self, group: str) -> str:
        return self._say(
            f"learnt from a split that keeps less apart (group {group}): it may know people or "
            "cases of the test dialogues",
            f"学習に使った分割（group {group}）は、この表の分割ほど人や事例を分けていません。"
            "テスト対話の人や事例を知っている可能性があります",
        )

    def _one_model(self, seed: int | None) -> str:
        if seed is None:
            return self._say(
                "one model whatever the seed, asked once for each test part",
                "シードによらない一つのモデルです。テストデータごとに一度だけ答えさせています",
            )
        return self._say(
            f"one training, seed {seed}, asked once for each test part: it says nothing about other seeds",
            f"学習は一度だけです（シード{seed}）。テストデータごとに一度だけ答えさせており、ほかのシードの値はわかりません",
        )

    def _lost(self, lost: Lost) -> str:
        counts = (
            (lost.unreadable, "can’t be read in full", "は全部または一部を読み取れません"),
            (lost.missing, "are missing", "は欠けています"),
            (lost.empty, "are empty", "は空です"),
        )
        english = ", ".join(f"{count:,} {what}" for count, what, _ in counts if count)
        japanese = "、".join(f"{count:,}件{what}" for count, _, what in counts if count)
        failed = ", ".join(f"{name} {count:,}" for name, count in lost.failures.items())
        english = f"of {lost.asked:,} answers {english}" if english else f"{lost.asked:,} answers"
        japanese = f"{lost.asked:,}件の答えのうち{japanese}" if japanese else f"{lost.asked:,}件の答え"
        if failed:
            english, japanese = f"{english} (failed: {failed})", f"{japanese}（失敗：{failed}）"
        if lost.values is not None:
            of = len(ITEMS) * lost.asked
            english += f"; MAE is over {lost.values:,} of {of:,} values"
            japanese += f"。MAEは{of:,}個の値のうち{lost.values:,}個によります"
        return self._say(english, japanese)

    def split(self, split: ScoreSplit) -> str:
        """The heading of a split's rows, with what it leaves known."""
        names = {
            "none": self._say("Random split, as in the paper", "無作為分割（論文と同じ）"),
            "client": self._say("Split by client: no rater in two parts", "相談者で分割（同じ評価者は一方にのみ）"),
            "counselor": self._say("Split by counselor", "相談員で分割"),
            "person": self._say("Split by person, in whichever role", "人物で分割（役割を問わない）"),
            "duplicates": self._say("Split by near-duplicates", "類似対話で分割"),
        }
        told = names[split.group]
        if seen := self._seen(split.name, "client"):
            n, share = seen
            told += self._say(
                f"; {share} of the {n} test dialogues have a rater seen in training",
                f"。テスト{n}対話の{share}は、評価者が学習データにも現れます",
            )
        runs = split.runs
        if len(runs) > 1:
            test_parts, seeds = len(split.test_seeds), len(split.seeds)
            told += self._say(
                f"; mean of {test_parts} test parts" if test_parts > 1 else f"; mean of {seeds} seeds",
                f"（テスト{test_parts}通りの平均）" if test_parts > 1 else f"（{seeds}シードの平均）",
            )
        return told

    def _seen(self, split: str, role: Literal["client", "counselor"]) -> tuple[str, str] | None:
        """The dialogues of a split's test part, and the share of them whose person in a role is in training too."""
        leak = next((leak for leak in self._report.leaks if leak.split == split), None)
        known = getattr(leak, role, None)
        if leak is None or known is None or not leak.n:
            return None
        return f"{leak.n:,}", f"{100 * known / leak.n:.1f} %"

    def _known_raters(self) -> list[str]:
        """What is under a table of the random split alone."""
        split = next((split.name for split in self._report.splits if split.group == "none"), "")
        if (seen := self._seen(split, "client")) is None:
            return []
        n, share = seen
        return [
            self._say(
                f"{share} of the {n} test dialogues have a rater seen in training; Table 5 has rows for raters who "
                "are new.",
                f"テスト{n}対話の{share}は、評価者が学習データにも現れます。初めての評価者についての行は表5にあります。",
            )
        ]

    def _known_people(self) -> list[str]:
        """The same under the table of responses."""
        clients, counselors = self._seen(RESPONSES, "client"), self._seen(RESPONSES, "counselor")
        if clients is None or counselors is None:
            return []
        n, share = clients
        return [
            self._say(
                f"Of the {n} test dialogues {share} have a client who is in what is learnt from too, and "
                f"{counselors[1]} such a counselor.",
                f"テスト{n}対話のうち、相談者が学習データにも現れるものは{share}、相談員が現れるものは{counselors[1]}です。",
            )
        ]

    def table_4(self, table: Table) -> Told:
        """Response generation."""
        keys = [("bleu_4", "BLEU-4", 2), ("rouge_L", "ROUGE-L", 2), ("distinct_2", "Distinct-2", 2)]
        measured = next((row for row in table.rows if row.n), None)
        under = []
        if measured is not None:
            under.append(
                self._say(
                    f"{measured.n:,} responses of {measured.clusters:,} test dialogues; 95 % intervals over "
                    "dialogues. Profile paper-like: words of MeCab with IPADIC, corpus BLEU, ROUGE as F, Distinct "
                    "pooled, in percent. Underlined: the best, trivial answers aside.",
                    f"テスト{measured.clusters:,}対話の{measured.n:,}応答。95 %区間は対話を単位とします。"
                    "MeCab（IPADIC）の語、コーパスBLEU、ROUGEのF値、全応答をまとめたDistinct（%）です。"
                    "下線は、何も読まない答えを除いて最も良い値です。",
                )
            )
        under += self._known_people()
        floor = self._best("4", "bleu_4", "trivial")
        paper = self._best("4", "bleu_4", "paper")
        if floor is not None and paper is not None and floor > paper:
            under.append(
                self._say(
                    "The paper names neither its tokenizer nor how BLEU is averaged, so its rows and ours are not one "
                    f"system’s. A trivial answer reaches a BLEU-4 of {number(floor)}, the paper’s best model "
                    f"{number(paper)}: a BLEU alone says little.",
                    "論文は分かち書きの方法もBLEUの平均のしかたも示していないため、論文の行と同じ物差しとは限りません。"
                    f"何も読まない答えのBLEU-4が{number(floor)}、論文の最良モデルが{number(paper)}であり、"
                    "BLEUだけでは多くを語れません。",
                )
            )
        return self._say("Response generation", "応答生成"), self._beside("4", keys), under

    def table_5(self, table: Table) -> Told:
        """Score prediction."""
        keys = [("mae", "MAE", 3), ("acc", "ACC", 2), ("acc_soft", "ACC_soft", 2)]
        under = [
            self._say(
                "± is the deviation over the twenty items, brackets are 95 % intervals: over dialogues on the random "
                "split, over clients on the others. One decoding for all figures; bracketed talk and the closing "
                "exchange are not read. Underlined: the best, trivial answers aside. QWK (kappa with quadratic "
                "weights) and ρ (rank correlation of the totals) are not in the paper; of a constant answer QWK is 0 "
                "and ρ undefined.",
                "±は20項目にわたる標準偏差、角括弧は95 %区間です（無作為分割では対話、ほかでは相談者を単位とします）。"
                "復号は一通りで、括弧書きの発言と終わりの講評は入力に含みません。下線は、何も読まない答えを除いて最も良い値です。"
                "QWK（二次の重みつきκ）とρ（合計点の順位相関）は論文にない指標で、"
                "一定の答えではQWKが0になり、ρは定まりません。",
            ),
            self._say(
                "The paper’s own split is not published: the protocol is the same, the dialogues differ. A rater’s "
                "habits are in the text even where no id is, so the rows without known raters stand beside it.",
                "論文の分割は公開されていないため、手順は同じでも対話は異なります。"
                "評価者の癖は番号がなくても文章に現れるので、既知の評価者を除いた行を並べています。",
            ),
        ]
        if any(row.origin == "told" for row in table.rows):
            under.append(
                self._say(
                    "A model that is told who rates does another task: it is never underlined, and in no other table.",
                    "評価者を知らされるモデルは別の課題を解いています。下線の対象とせず、ほかの表にも載せません。",
                )
            )
        return self._say("Score prediction", "評価予測"), self._beside("5", keys), under

    def table_6(self, table: Table) -> Told:
        """Seed by seed."""
        rows = [row for row in table.rows if row.origin == "ours"]
        values = [one.value for row in rows if (one := row.figures.get("mae")) and one.value is not None]
        if values:
            title = self._say(
                f"MAE {number(min(values), 3)} to {number(max(values), 3)} over {len(values)} seeds with one test part",
                f"同じテストデータでの{len(values)}シードのMAEは{number(min(values), 3)}〜{number(max(values), 3)}",
            )
        else:
            title = self._say("No row of ours could be made", "本システムの行は作成できませんでした")
        under = self._say(
            "A seed draws train and validation; the test part is the same for all, as in the paper.",
            "シードは学習と検証の分け方を決めます。テストデータは論文と同じく共通です。",
        )
        told = self._say("Score prediction, seed by seed", "評価予測（シード別）")
        return told, title, [under, *self._known_raters()]

    def table_8(self, tables: Sequence[Table]) -> Told:
        """Item by item."""
        wins = []
        for table, name in zip(tables, ("ACC", "ACC_soft", "MAE"), strict=True):
            ours = [row for row in table.rows if row.origin == "ours"]
            paper = [row for row in table.rows if row.origin == "paper"]
            sign = 1 if table.rising else -1
            better = [
                max(sign * _value(row, key) for row in ours) > max(sign * _value(row, key) for row in paper)
                for key in table.columns
                if ours
            ]
            if better:
                wins.append((name, sum(better), len(better)))
        if wins:
            title = self._say(
                "Ours is better than every row of the paper on "
                + ", ".join(f"{count} of {of} items in {name}" for name, count, of in wins),
                "論文のどの行よりも良い項目：" + "、".join(f"{name}で{of}項目中{count}" for name, count, of in wins),
            )
        else:
            title = self._say("No row of ours could be made", "本システムの行は作成できませんでした")
        under = self._say(
            "On the random split; ours are means over the seeds with 95 % intervals over dialogues. Underlined: the "
            "best of each item, trivial answers aside.",
            "無作為分割での結果です。本システムの値はシードの平均で、95 %区間は対話を単位とします。"
            "下線は、何も読まない答えを除き、項目ごとに最も良い値です。",
        )
        # Its rows are columns on the page, where there is no room beside a name.
        notes = []
        for row in tables[0].rows:
            told = [] if row.lost is None else [self._lost(row.lost)]
            told += [] if row.learnt_group is None else [self._learnt_from_less_apart(row.learnt_group)]
            notes += [self._say(f"{row.english}: {one}", f"{row.japanese}：{one}") for one in told]
        about = self._say("Score prediction, item by item", "評価予測（項目別）")
        return about, title, [under, *notes, *self._known_raters()]

    def topics(self, table: Table) -> Told:
        """Topics."""
        ours = next((row for row in table.rows if row.origin == "ours" and row.figures), None)
        title = self._say("No row of ours could be made", "本システムの行は作成できませんでした")
        under = []
        if ours is not None:
            kappa = ours.figures["kappa"].value
            title = self._say(
                f"A classifier without a network agrees with the released topics with κ = {number(kappa, 3)}",
                f"ネットワークを使わない分類器と公開された話題の一致はκ = {number(kappa, 3)}",
            )
            clients = number(ours.clusters)
            under.append(
                self._say(
                    f"{ours.n:,} dialogues of clients who are not in training; 95 % intervals over {clients} clients. "
                    "The paper labels topics by a chat model and reports no agreement.",
                    f"学習データにいない相談者の{ours.n:,}対話。95 %区間は{clients}人の相談者を単位とします。"
                    "論文はチャットモデルで話題を付け、一致度は報告していません。",
                )
            )
        return self._say("Topics", "話題"), title, under

    def method(self) -> list[str]:
        """How it was measured."""
        return [
            self._say(
                "Every row of ours comes from the commands that stand under its table. Tables are made of what they "
                "measured, and the paper’s figures are kept once, as data; no number on this page was typed.",
                "本システムの行は、表の下に示すコマンドの出力から作られています。"
                "論文の値はデータとして一か所にのみ置き、このページの数値に手で入力したものはありません。",
            ),
            self._say(
                "Intervals are percentile bootstraps: 1,000 times as many dialogues as there are, or clients with "
                "all theirs, are drawn again (Distinct: jackknife). A dialogue that several seeds were tested on is "
                "drawn for all at once. Over dialogues they answer for other dialogues of the same people, over "
                "clients for other clients. They say nothing about what training draws; the seeds of Table 6 do.",
                "区間はパーセンタイル・ブートストラップで、対話（または相談者とその全対話）を1,000回引き直して求めます"
                "（Distinctはジャックナイフ）。複数のシードが同じ対話で測られた場合は、まとめて引きます。"
                "対話を単位とする区間は同じ人々の別の対話に、相談者を単位とする区間は別の相談者に当てはまります。"
                "学習の乱数による揺れは含まれず、表6のシードが示します。",
            ),
            self._say(
                "Two numbers may be compared only if their signatures differ in nothing but the model. Differences "
                "between systems are taken over the same draws; their p are not corrected for the number of figures.",
                "二つの値は、シグネチャがモデル以外で一致するときにだけ比べられます。"
                "システム間の差は同じ抽出の上で求め、p値は指標の数による補正をしていません。",
            ),
        ]

    def footer(self, version: str) -> str:
        """At the end."""
        return self._say(
            f"Corpus: {self._report.corpus}. Made by kokorochat {version}.",
            f"コーパス：{self._report.corpus}。kokorochat {version}で作成しました。",
        )


def _value(row: TableRow, key: str) -> float:
    """A figure that is there; what isn't is no match for any."""
    figure = row.figures.get(key)
    return float("-inf") if figure is None or figure.value is None else figure.value
