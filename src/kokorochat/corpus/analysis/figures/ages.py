"""Figure 9: the age and gender of the people, where the corpus' owner has a table of them."""

from kokorochat.corpus.analysis.analysis import Analysis
from kokorochat.corpus.analysis.figures import letters
from kokorochat.corpus.analysis.figures.canvas import Canvas
from kokorochat.corpus.analysis.figures.palette import KINDS
from kokorochat.corpus.analysis.figures.plate import Missing, Plate
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.people import NOT_STATED, REST, SMALLEST_COUNT, People

NAME, FIGURE = "figure-9-people", "Figure 9"


def plate(analysis: Analysis, language: Language) -> Plate | Missing:
    """The figure, or why there is none."""
    say = language.say
    subject = say("Age and gender", "年齢と性別")
    people = analysis.people
    if people is None:
        return Missing(NAME, FIGURE, subject, _reason(analysis, language))
    if not people.shown:
        reason = say(
            f"No age and gender is shared by {SMALLEST_COUNT} people or more; smaller counts are not shown.",
            f"年齢と性別の組で{SMALLEST_COUNT}人以上のものがありません。それより少ない人数は示しません。",
        )
        return Missing(NAME, FIGURE, subject, reason)
    stated = [cell for cell, count in people.counts.items() if count and cell[0] is not None]
    band, gender = max(stated or people.counts, key=lambda cell: people.counts[cell] or 0)
    unstated = any(count for (age, _), count in people.counts.items() if age is None)
    scope = say(" with a stated age", "年齢の分かる人のうち") if stated and unstated else ""
    title = say(
        f"The largest group{scope}: {gender_name(gender, language)}, {band_name(band, language)}",
        f"{scope}最も多いのは{band_name(band, language)}の{gender_name(gender, language)}",
    )
    parts = [
        f"{band_name(band, language)} {gender_name(gender, language)} {_count(people.counts[band, gender])}"
        for band in people.bands
        for gender in people.genders
        if people.counts[band, gender] != 0
    ]
    shares = [(gender, sum(people.counts[band, gender] or 0 for band in people.bands)) for gender in people.genders]
    sentence = say("In the groups that are shown: ", "示した組の内訳は、") + language.say(", ", "、").join(
        f"{gender_name(gender, language)} {100 * count / people.shown:.1f} %" for gender, count in shares
    )
    sentence += say(".", "です。")
    description = say("; ", "、").join(parts)
    note = say(
        f"Number of people who speak in the corpus, n = {people.shown:,} shown.",
        f"コーパスに現れる人の数、図に示したのはn = {people.shown:,}。",
    )
    if people.suppressed:
        note += say(
            f" Counts of 1 to {SMALLEST_COUNT - 1} are not told apart, and genders of so few people not named.",
            f"1〜{SMALLEST_COUNT - 1}人の組は人数を示さず、それほど少ない性別は名を挙げません。",
        )
    rows = [
        (band_name(band, language), gender_name(gender, language), people.counts[band, gender])
        for band in people.bands
        for gender in people.genders
    ]
    columns = ("age", "gender", "people")
    return Plate(
        NAME,
        FIGURE,
        subject,
        title,
        sentence,
        description,
        note,
        columns,
        rows,
        {0: say("age", "年齢"), 1: say("gender", "性別"), 2: say("people", "人数")},
        lambda canvas: _draw(canvas, people, language),
    )


def _reason(analysis: Analysis, language: Language) -> str:
    if analysis.source.format == "kokorochat":
        return language.say(
            "These files don’t tell age and gender; KokoroChat’s release has no table of its people. Whoever has one "
            "of a corpus names it with --people.",
            "このファイルに年齢と性別は含まれず、KokoroChatの参加者の表も公開されていません。"
            "コーパスの参加者の表がある場合は、--peopleで指定してください。",
        )
    return language.say("No table of the people was named with --people.", "参加者の表が--peopleで指定されていません。")


def band_name(band: int | None, language: Language) -> str:
    """A band of ages in words."""
    if band is None:
        return language.say("age not stated", "年齢不詳")
    return language.say(f"{band}–{band + 9}", f"{band}〜{band + 9}歳")


def gender_name(gender: str, language: Language) -> str:
    """A gender as the table words it, or what stands for none and for the rare ones together."""
    if gender == NOT_STATED:
        return language.say("gender not stated", "性別不詳")
    return language.say("other", "その他") if gender == REST else gender


def _count(count: int | None) -> str:
    return f"1–{SMALLEST_COUNT - 1}" if count is None else f"{count:,}"


def _draw(canvas: Canvas, people: People, language: Language) -> None:
    left = max(64.0, max(letters.width(band_name(band, language), 12.5) for band in people.bands) + 16)
    longest = canvas.width - left - 150
    head = canvas.down(26) + 12
    canvas.words(0, head, language.say("age", "年齢"), 11, "faint")
    canvas.words(left, head, language.say("people", "人数"), 11, "faint")
    most = max(count or 0 for count in people.counts.values())
    for band in people.bands:
        there = [kind for kind, gender in enumerate(people.genders) if people.counts[band, gender] != 0]
        y = canvas.down(19 * max(1, len(there)) + 12)
        canvas.words(0, y + 14, band_name(band, language), 12.5)
        for row, kind in enumerate(there):
            gender = people.genders[kind]
            count = people.counts[band, gender]
            length = longest * (count or 0) / most
            canvas.box(left, y + 2 + 19 * row, length, 16, f"kind{kind % KINDS}")
            label = f"{_count(count)}  {gender_name(gender, language)}"
            canvas.words(left + length + 6, y + 14 + 19 * row, label, 11.5, "ink" if count else "faint")
