"""How the page's numbers were computed, in words."""

from kokorochat.corpus.analysis.analysis import Analysis
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.correlation import DRAWS, FEWEST_CLUSTERS


def method(analysis: Analysis, language: Language) -> list[str]:
    """The paragraphs of the page's last section."""
    say = language.say
    paragraphs = [
        say(
            "Correlations are Spearman’s: Pearson’s r of the ranks, equal values sharing the mean of theirs. A "
            "correlation says what goes together, not what brings it about.",
            "相関はスピアマンの順位相関です（同じ値には平均順位を与えます）。"
            "相関は共に変わることを示すもので、原因を示すものではありません。",
        ),
        say(
            "One client rates many dialogues, and clients differ in how they rate. So the 95 % intervals come from "
            f"{DRAWS:,} bootstrap draws of whole clients, with a fixed seed; a corpus that does not tell clients apart "
            "is drawn by dialogues. Ranks are taken once and kept in all draws. The standard error is that of Fisher’s "
            "z; intervals and p-values follow from it by Student’s t, with one degree of freedom less than there are "
            f"clients. With fewer than {FEWEST_CLUSTERS} of them there is neither. That counselors, too, lead many "
            "dialogues is not accounted for.",
            "一人の相談者が多くの対話を評価し、評価のしかたは人によって異なります。"
            f"そのため95 %区間は、相談者を単位とする{DRAWS:,}回のブートストラップ（乱数の種は固定）で求めました。"
            "相談者を区別できないコーパスでは、対話を単位とします。順位は一度だけ付け、すべての抽出で用います。"
            "標準誤差はフィッシャーのz変換後の値から求め、区間とp値は自由度（相談者数−1）のt分布によります。"
            f"単位が{FEWEST_CLUSTERS}未満の場合は、どちらも求めません。"
            "一人の相談員が多くの対話を担当することは考慮していません。",
        ),
        say(
            "p-values are adjusted by Holm’s rule over all features that were tested together. Each interval is for "
            "its feature alone.",
            "p値は、同時に検定した全特徴にわたってホルム法で調整しました。区間は特徴ごとのものです。",
        ),
    ]
    if any(analysis.terms.values()):
        paragraphs.append(
            say(
                "The words beside the topics are runs of kanji, katakana or Latin letters in the dialogues’ short "
                "descriptions, in five dialogues or more, with the highest z of the log-odds ratio against all other "
                "topics (with an informative Dirichlet prior). They are words of the corpus: its licence covers them.",
                "話題に添えた語は、対話の短い説明に現れる漢字・カタカナ・ラテン文字の連なりのうち、五つ以上の対話にあり、"
                "他の話題に対する対数オッズ比（ディリクレ事前分布つき）のz値が最も高いものです。"
                "コーパスの語であり、その利用条件に従います。",
            )
        )
    return paragraphs
