"""From a text to the words that metrics count. Japanese writes no spaces, so every metric stands on a choice here.

White space is no word under any of these, and no text is normalised: full-width and half-width letters differ.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

from kokorochat.domain.errors import InputError
from kokorochat.domain.installation import install_packages

Words = list[str]


@dataclass(frozen=True)
class Tokenizer:
    """A way to take a text apart.

    Attributes:
        name: as named on the command line.
        signature: the name with the versions of program and dictionary: two texts are taken apart alike only under one.
        words: takes a text apart.
    """

    name: str
    signature: str
    words: Callable[[str], Words]


def load_tokenizer(name: str) -> Tokenizer:
    """The tokenizer of that name, one of TOKENIZERS.

    Raises:
        InputError: there is none of that name, or its package is not installed.
    """
    try:
        make = _MAKERS[name]
    except KeyError:
        raise InputError(f"tokenizer {name!r}", "is unknown", f"Name one of: {', '.join(TOKENIZERS)}") from None
    return make(name)


@contextmanager
def _optional(name: str, *packages: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as fault:
        remedy = f"{install_packages(*packages)}, or name another of: {', '.join(TOKENIZERS)}"
        raise InputError(f"tokenizer {name!r}", f"needs {fault.name}", remedy) from None


def _characters(name: str) -> Tokenizer:
    return Tokenizer(name, name, lambda text: [*"".join(text.split())])


def _whitespace(name: str) -> Tokenizer:
    return Tokenizer(name, name, str.split)


def _mecab(options: str) -> Callable[[str], Words]:
    import MeCab

    tagger = MeCab.Tagger(f"{options} -Owakati")

    def words(text: str) -> Words:
        # MeCab is a C library: it would take a NUL for the end of the text.
        return [word for piece in text.split("\0") for word in tagger.parse(piece.strip()).split()]

    return words


def _ipadic(name: str) -> Tokenizer:
    # No hint of our own here: both are in the extra that the command line names.
    import ipadic

    words = _mecab(ipadic.MECAB_ARGS)
    return Tokenizer(name, f"mecab-python3 {version('mecab-python3')} ipadic {version('ipadic')}", words)


def _unidic_lite(name: str) -> Tokenizer:
    with _optional(name, "unidic-lite"):
        import unidic_lite
    words = _mecab(f'-r /dev/null -d "{unidic_lite.DICDIR}"')
    return Tokenizer(name, f"mecab-python3 {version('mecab-python3')} unidic-lite {version('unidic-lite')}", words)


def _sudachi(name: str) -> Tokenizer:
    with _optional(name, "sudachipy", "sudachidict-core"):
        import sudachidict_core  # noqa: F401 - sudachipy finds it by itself, but names no package if it is missing
        import sudachipy
    tagger = sudachipy.Dictionary(dict="core").tokenizer()
    mode = getattr(sudachipy.SplitMode, name[-1].upper())

    def words(text: str) -> Words:
        return [word for morpheme in tagger.tokenize(text, mode) for word in morpheme.surface().split()]

    signature = f"sudachipy {version('sudachipy')} {name[-1].upper()} core {version('sudachidict-core')}"
    return Tokenizer(name, signature, words)


_MAKERS: dict[str, Callable[[str], Tokenizer]] = {
    "mecab-ipadic": _ipadic,
    "mecab-unidic-lite": _unidic_lite,
    "sudachi-a": _sudachi,
    "sudachi-b": _sudachi,
    "sudachi-c": _sudachi,
    "characters": _characters,
    "whitespace": _whitespace,
}

TOKENIZERS = tuple(_MAKERS)
"""The names of all tokenizers. The extra [metrics] brings that of MeCab with IPADIC; the next four need more."""
