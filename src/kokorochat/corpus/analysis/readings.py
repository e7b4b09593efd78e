"""What the paper reads off its tables and figures (§4, A.2, Appendix C), and whether a corpus bears it out.

A reading is judged by the rule that its words state, on any corpus that has the data for it. That the printed numbers
come out to the digit is asked of the KokoroChat release alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise

from kokorochat.corpus.analysis.analysis import Analysis
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.numbers import counted, number, rho
from kokorochat.corpus.features import FEATURES
from kokorochat.domain.topic import TopicClass

Say = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that the paper says.

    Attributes:
        figure: where the paper says it of: `Table 3`, `Figure 4`.
        claim: in our words.
        paper: the paper's numbers; `ours` those of this corpus.
        holds: whether it is so in this corpus.
    """

    figure: str
    claim: str
    paper: str
    ours: str
    holds: bool

    def as_dict(self) -> dict[str, str | bool]:
        """The reading as it is printed by `--json`."""
        return asdict(self)


def readings(analysis: Analysis, language: Language) -> list[Reading]:
    """All readings for which the corpus has the data, in the paper's order."""
    say = language.say
    return [
        *_of_table_3(analysis, say),
        *_of_topics(analysis, say),
        *_of_scores(analysis, say),
        *_of_features(analysis, say),
        *_of_people(analysis, say),
        *_of_items(analysis, say),
    ]


def _of_table_3(analysis: Analysis, say: Say) -> Iterator[Reading]:
    lengths = analysis.statistics["characters_per_utterance"]
    counselor, client = lengths["counselor"], lengths["client"]
    if counselor is not None and client is not None:
        yield Reading(
            "Table 3",
            say("Counselors write longer utterances than clients", "相談員の発言は相談者の発言より長い"),
            say("35.84 against 20.63 characters", "35.84字と20.63字"),
            say(
                f"{number(counselor)} against {number(client)} characters", f"{number(counselor)}字と{number(client)}字"
            ),
            counselor > client,
        )
    average = analysis.statistics["utterances_per_dialogue"]["total"]
    if average is not None:
        yield Reading(
            "Table 3",
            say(
                "A dialogue is longer than in ESConv (29.5 utterances), Anno-MI (72.9) and Client-Reactions (78.5)",
                "一対話の発言数はESConv（29.5）、Anno-MI（72.9）、Client-Reactions（78.5）より多い",
            ),
            "91.20",
            number(average),
            average > 78.5,
        )


_PRINTED_SHARES = dict(zip(TopicClass, (20.2, 17.0, 14.7, 14.1, 12.9, 6.9, 6.6, 4.7, 2.1, 0.7), strict=False))


def _of_topics(analysis: Analysis, say: Say) -> Iterator[Reading]:
    shares = {TopicClass(topic["topic"]): topic["percent"] for topic in analysis.statistics["topics"]}
    if not shares:
        return
    leading = (TopicClass.FAMILY, TopicClass.WORKPLACE, TopicClass.MENTAL_HEALTH)
    ours = [shares.get(topic, 0.0) for topic in leading]
    yield Reading(
        "Figure 2",
        say(
            "Family (other than the spouse) is the most frequent topic, then work, then mental health",
            "最も多いのは家庭内問題（夫婦以外）で、職場問題、心理的問題が続く",
        ),
        "20.2, 17.0, 14.7 %",
        ", ".join(f"{share:.1f}" for share in ours) + " %",
        list(shares)[:3] == list(leading) and all(a > b for a, b in pairwise(ours)),
    )
    further = [shares.get(topic, 0.0) for topic in (TopicClass.SCHOOL, TopicClass.CAREER)]
    yield Reading(
        "Figure 2",
        say(
            "School and career are frequent as well (judged here: each above 10 %)",
            "学校問題と進路・キャリア問題も多い（ここではそれぞれ10 %超を基準とする）",
        ),
        "14.1, 12.9 %",
        ", ".join(f"{share:.1f}" for share in further) + " %",
        min(further) > 10,
    )
    if analysis.is_release:
        differing = [
            (topic, printed, shares.get(topic, 0.0))
            for topic, printed in _PRINTED_SHARES.items()
            if f"{shares.get(topic, 0.0):.1f}" != f"{printed:.1f}"
        ]
        agreeing = len(_PRINTED_SHARES) - len(differing)
        english = "".join(f"; {topic.value} {share:.1f}, not {printed}" for topic, printed, share in differing)
        japanese = "".join(f"、{topic.japanese}は{printed}ではなく{share:.1f}" for topic, printed, share in differing)
        yield Reading(
            "Figure 2",
            say("The ten printed shares come out to the digit", "図に記された10の割合が最後の桁まで一致する"),
            ", ".join(f"{printed:.1f}" for printed in _PRINTED_SHARES.values()) + " %",
            say(f"{agreeing} of 10 agree{english}", f"10個のうち{agreeing}個が一致{japanese}"),
            not differing,
        )


def _of_scores(analysis: Analysis, say: Say) -> Iterator[Reading]:
    histogram = analysis.histogram
    mean, median, bins = histogram.mean, histogram.median, histogram.bins
    if mean is None or median is None:
        return
    counts = [bin.count for bin in bins]
    peak = counts.index(max(counts))
    rising = all(a <= b for a, b in pairwise(counts[: peak + 1]))
    falling = all(a >= b for a, b in pairwise(counts[peak:]))
    centre = bins[peak].first <= mean < bins[peak].last + 1 and bins[peak].first <= median < bins[peak].last + 1
    yield Reading(
        "Figure 3",
        say("The scores have one peak, and mean and median lie in it", "得点は単峰性で、平均と中央値がその山にある"),
        say("one peak; mean 63.58, median 64.00", "単峰、平均63.58、中央値64.00"),
        say(
            f"{'one peak' if rising and falling else 'several peaks'}, highest at {bins[peak].label}; "
            f"mean {number(mean)}, median {number(float(median))}",
            f"{'単峰' if rising and falling else '複数の山'}、最も高いのは{bins[peak].label}、"
            f"平均{number(mean)}、中央値{number(float(median))}",
        ),
        rising and falling and centre,
    )
    if analysis.is_release:
        yield Reading(
            "Figure 3",
            say("Mean and median come out to the digit", "平均と中央値が最後の桁まで一致する"),
            "63.58, 64.00",
            f"{number(mean)}, {number(float(median))}",
            (number(mean), number(float(median))) == ("63.58", "64.00"),
        )
    middle = (histogram.lowest + histogram.highest) / 2
    above = 100 * sum(score > middle for score in analysis.scores) / len(analysis.scores)
    yield Reading(
        "Figure 3",
        say(
            f"Most dialogues got middling to high scores (judged here: above {middle:g})",
            f"多くの対話の得点は中程度以上である（ここでは{middle:g}点超を基準とする）",
        ),
        say("stated without a number", "数値の記載なし"),
        f"{above:.1f} %",
        above > 50,
    )
    if histogram.skewness is not None:
        skew = number(histogram.skewness)
        side = ("right", "右") if histogram.skewness > 0 else ("left", "左")
        tails = say(f"the longer tail is on the {side[0]}", f"裾が長いのは{side[1]}側")
        if float(f"{histogram.skewness:.2f}") == 0:
            tails = say("neither tail is longer", "裾の長さに差はない")
        yield Reading(
            "Figure 3",
            say("The distribution is skewed to the right", "分布は右に歪んでいる"),
            say("slightly, stated without a number", "わずか（数値の記載なし）"),
            say(
                f"skewness {skew}: {tails}",
                f"歪度{skew}、{tails}",
            ),
            histogram.skewness > 0,
        )


def _of_features(analysis: Analysis, say: Say) -> Iterator[Reading]:
    found = {name: test.rho for name, test in analysis.tests.items() if test.rho is not None}
    client, counselor = found.get("client_characters"), found.get("counselor_characters")
    counts = [found.get("client_utterances"), found.get("counselor_utterances")]
    if client is None or counselor is None or None in counts:
        return
    fewer = [value for value in counts if value is not None]
    of_five = [abs(found[feature.key]) for feature in FEATURES if feature.paper is not None and feature.key in found]
    yield Reading(
        "Figure 4",
        say(
            "Of the paper’s five features, the client’s characters go with the score most closely",
            "論文の5つの特徴のうち、得点と最も強く相関するのは相談者の文字数である",
        ),
        "ρ = .42",
        f"ρ = {rho(client)}",
        client > 0 and client == max(of_five),
    )
    yield Reading(
        "Figure 4",
        say(
            "The counselor’s characters go with the score too, but less closely",
            "相談員の文字数も得点と正の相関をもつが、相談者より弱い",
        ),
        "ρ = .28",
        f"ρ = {rho(counselor)}",
        0 < counselor < client,
    )
    yield Reading(
        "Figure 4",
        say(
            "How many utterances are sent matters less than how much is written, for either role",
            "どちらの役割でも、発言数の相関は文字数の相関より弱い",
        ),
        say("ρ = .21 (client), .17 (counselor)", "ρ = .21（相談者）、.17（相談員）"),
        say(
            f"ρ = {rho(fewer[0])} (client), {rho(fewer[1])} (counselor)",
            f"ρ = {rho(fewer[0])}（相談者）、{rho(fewer[1])}（相談員）",
        ),
        0 < fewer[0] < client and 0 < fewer[1] < counselor,
    )
    slow = analysis.tests.get("counselor_response_seconds")
    if slow is not None and slow.rho is not None:
        yield Reading(
            "Figure 4",
            say("The longer the counselor’s answers take, the lower the score", "相談員の応答が遅いほど得点が低い"),
            f"ρ = {rho(-0.21)}",
            f"ρ = {rho(slow.rho)}",
            slow.rho < 0 and slow.high is not None and slow.high < 0,
        )
    if analysis.is_release:
        printed = [
            (rho(feature.paper), rho(found.get(feature.key))) for feature in FEATURES if feature.paper is not None
        ]
        yield Reading(
            "Figure 4",
            say("The five printed correlations come out to the digit", "図に記された5つの相関が最後の桁まで一致する"),
            ", ".join(paper for paper, _ in printed),
            ", ".join(ours for _, ours in printed),
            all(paper == ours for paper, ours in printed),
        )


_WOMEN = frozenset({"f", "female", "woman", "women", "女", "女性"})
_MEN = frozenset({"m", "male", "man", "men", "男", "男性"})


def _of_people(analysis: Analysis, say: Say) -> Iterator[Reading]:
    people = analysis.people
    if people is None:
        return
    stated = {cell: count for cell, count in people.counts.items() if count and cell[0] is not None}
    if stated:
        share = 100 * sum(stated[cell] for cell in stated if cell[0] in (30, 40, 50)) / sum(stated.values())
        yield Reading(
            "Figure 9",
            say("Most people are 30 to 59 years old", "参加者の多くは30〜59歳である"),
            say("stated without a number", "数値の記載なし"),
            f"{share:.1f} %",
            share > 50,
        )
    women = sum(count or 0 for (_, gender), count in people.counts.items() if gender.casefold() in _WOMEN)
    men = sum(count or 0 for (_, gender), count in people.counts.items() if gender.casefold() in _MEN)
    if women or men:
        yield Reading(
            "Figure 9",
            say("There are more women than men among them", "女性の参加者が男性より多い"),
            say("stated without a number", "数値の記載なし"),
            say(f"women {women:,}, men {men:,}", f"女性{women:,}人、男性{men:,}人"),
            women > men,
        )


def _of_items(analysis: Analysis, say: Say) -> Iterator[Reading]:
    pairs = [value for value in analysis.item_pairs().values() if value is not None]
    if not pairs:
        return
    strong = sum(value > 0.6 for value in pairs)
    yield Reading(
        "Figure 11",
        say("Most pairs of items correlate strongly (ρ > .6)", "多くの項目のあいだに強い相関がある（ρ > .6）"),
        say("most", "多く"),
        say(f"{strong:,} of {counted(len(pairs), 'pair')}", f"{len(pairs):,}組のうち{strong:,}組"),
        strong > len(pairs) / 2,
    )
    if not analysis.has_paper_items:
        return
    closest = sorted(pairs, reverse=True)[: len(pairs) // 10]
    for english, japanese, named in (
        (
            "Who feels heard (D1) feels respected (D2) and finds the talk fitting (D9) and worthwhile (D10)",
            "聴いてもらえた（D1）という評価は、尊重（D2）、適切さ（D9）、価値（D10）の評価と強く相関する",
            ((1, 2), (1, 9), (1, 10)),
        ),
        (
            "New insights (D3), hope (D4) and the worth of the talk (D10) go together",
            "気づき（D3）、希望（D4）、相談の価値（D10）は互いに強く相関する",
            ((3, 4), (3, 10), (4, 10)),
        ),
        (
            "Who finds the talk comfortable (D8) finds it fitting (D9)",
            "居心地のよさ（D8）と全体としての適切さ（D9）は強く相関する",
            ((8, 9),),
        ),
    ):
        values = [analysis.item_pairs()[a - 1, b - 1] for a, b in named]
        yield Reading(
            "Figure 11",
            say(
                f"{english} (judged here: among the closest tenth of all pairs)",
                f"{japanese}（ここでは全組のうち相関の高い1割に入ることを基準とする）",
            ),
            say("high, without a number in the text", "高い（本文に数値の記載なし）"),
            ", ".join(f"D{a}–D{b} {rho(value)}" for (a, b), value in zip(named, values, strict=True)),
            all(value in closest for value in values),
        )
