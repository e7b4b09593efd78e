"""The folder that an analysis leaves: figures as SVG, PNG and CSV, and the page."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from kokorochat.corpus.analysis import table3
from kokorochat.corpus.analysis.analysis import Analysis
from kokorochat.corpus.analysis.figures.plate import WIDE, Missing, Plate
from kokorochat.corpus.analysis.figures.png import png
from kokorochat.corpus.analysis.figures.svg import standalone_svg
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.page.markup import csv_bytes
from kokorochat.corpus.analysis.page.page import page, table3_csv
from kokorochat.corpus.analysis.readings import Reading
from kokorochat.corpus.writing import new_folder


def write_analysis(
    out: Path,
    analysis: Analysis,
    plates: Iterable[Plate | Missing],
    readings: Sequence[Reading],
    language: Language,
) -> list[str]:
    """Write the page, Table 3 and the figures to a new folder, which appears only when all are written.

    Returns:
        The names of the files in it, `index.html` first.

    Raises:
        InputError: the folder can't be written.
    """
    names = ["index.html"]
    with new_folder(out) as scratch:

        def write(name: str, data: bytes) -> None:
            (scratch / name).write_bytes(data)
            names.append(name)

        write(f"{table3.NAME}.csv", table3_csv(analysis, language))
        drawn = []
        for plate in plates:
            drawn.append(plate)
            if isinstance(plate, Plate):
                sheet = plate.sheet(WIDE, titled=True)
                write(f"{plate.name}.svg", standalone_svg(sheet, plate.name, plate.title, plate.description).encode())
                write(f"{plate.name}.png", png(sheet))
                write(f"{plate.name}.csv", csv_bytes(plate.columns, plate.rows))
        (scratch / names[0]).write_bytes(page(analysis, drawn, readings, language))
    return names
