"""`corpus convert`: a corpus in another container."""

import argparse

from kokorochat.cli.verb import DONE, Options, Verb, corpus_path, new_folder_option, progress, show
from kokorochat.domain.printable import counted


def _corpus_convert(options: Options) -> int:
    from kokorochat.corpus.converting import convert
    from kokorochat.corpus.reading import find_corpus

    corpus = find_corpus(options.path)
    converted = convert(corpus.source, progress(corpus.entries(), "converting"), options.to, options.out)
    document = {"dialogues": converted.dialogues, "files": converted.files}
    show(
        options,
        document,
        f"{counted(converted.dialogues, 'dialogue')} in {counted(converted.files, 'file')}: {options.out}",
    )
    return DONE


def _arguments(parser: argparse.ArgumentParser) -> None:
    corpus_path(parser)
    parser.add_argument("--to", choices=("json", "jsonl", "parquet"), required=True, help="the container")
    new_folder_option(parser)


VERB = Verb("corpus convert", "write a corpus as JSON, JSON lines or Parquet", _corpus_convert, _arguments)
