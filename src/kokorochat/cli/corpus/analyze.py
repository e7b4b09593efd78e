"""`corpus analyze`: the paper's Table 3 and Figures 2, 3, 4, 9 and 11 of a corpus, as a page and as files."""

import argparse
from pathlib import Path

from kokorochat.cli.verb import DONE, Options, Verb, corpus_path, new_folder_option, progress, show


def _corpus_analyze(options: Options) -> int:
    import gc

    from kokorochat.corpus.analysis.analysis import document, gather
    from kokorochat.corpus.analysis.figures import plates
    from kokorochat.corpus.analysis.language import Language
    from kokorochat.corpus.analysis.people import count_people, read_people
    from kokorochat.corpus.analysis.readings import readings
    from kokorochat.corpus.analysis.writing import write_analysis
    from kokorochat.corpus.reading import find_corpus
    from kokorochat.corpus.writing import check_free

    check_free(options.out)
    corpus = find_corpus(options.path)
    # Reading makes millions of small objects and no cycles: the collector would only walk them again and again.
    gc.disable()
    gathering = gather(corpus.source, progress(corpus.entries(), "reading"))
    gc.enable()
    people = None
    if options.people is not None:
        speakers = gathering.statistics.counselors | gathering.statistics.clients
        people = count_people(read_people(options.people, gathering.last_year), speakers, str(options.people))
    language = Language(options.language)
    analysis = gathering.analysis(people)
    found = readings(analysis, language)
    figures = plates(analysis, language)
    files = write_analysis(options.out, analysis, progress(figures, "figures", len(figures)), found, language)
    result = {**document(analysis), "readings": [reading.as_dict() for reading in found], "files": files}
    holding = sum(reading.holds for reading in found)
    text = f"{options.out / files[0]}: {len(files)} files; of the paper's {len(found)} readings, {holding} hold here"
    show(options, result, text)
    return DONE


def _arguments(parser: argparse.ArgumentParser) -> None:
    corpus_path(parser)
    new_folder_option(parser)
    parser.add_argument(
        "--people",
        type=Path,
        metavar="FILE.csv",
        help="the people's age and gender for Figure 9: columns id, gender, and age or birth_year",
    )
    parser.add_argument(
        "--language", choices=("en", "ja"), default="en", help="of the page's and the figures' own words (default: en)"
    )


VERB = Verb(
    "corpus analyze", "draw the paper's tables and figures of a corpus, with a page", _corpus_analyze, _arguments
)
