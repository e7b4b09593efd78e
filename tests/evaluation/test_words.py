"""Tokenizers: nothing is lost but white space, and what is missing is named."""

import builtins

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.domain.errors import InputError
from kokorochat.evaluation.words import TOKENIZERS, load_tokenizer
from parts import lacking

# What a file in UTF-8 can hold.
text = st.text(st.characters(codec="utf-8"), max_size=30)


@given(text, st.sampled_from(["mecab-ipadic", "characters", "whitespace"]))
def test_words_are_the_text_without_white_space(text, name):
    words = load_tokenizer(name).words(text)
    # A NUL ends a text for MeCab: it is no word, and what follows is not lost.
    whole = "".join(text.split())
    assert "".join(words).replace("\0", "") == whole.replace("\0", "")
    assert all(words)


def test_mecab_with_ipadic_finds_words():
    assert load_tokenizer("mecab-ipadic").words("眠れないのですね。\n つらい　です") == [
        *("眠れ", "ない", "の", "です", "ね", "。", "つらい", "です")
    ]


def test_a_signature_names_program_and_dictionary_with_their_versions():
    assert load_tokenizer("mecab-ipadic").signature == "mecab-python3 1.0.12 ipadic 1.0.0"
    assert load_tokenizer("characters").signature == "characters"


def test_an_unknown_tokenizer_is_refused_with_those_that_there_are():
    with pytest.raises(InputError, match="sudachi-c"):
        load_tokenizer("13a")


@pytest.mark.parametrize(
    ("name", "package"),
    [("mecab-unidic-lite", "unidic_lite"), ("sudachi-a", "sudachi"), ("sudachi-c", "sudachi")],
)
def test_a_tokenizer_whose_package_is_missing_says_what_to_install(name, package, monkeypatch):
    there = builtins.__import__

    def lacking(module, *rest):
        if module.startswith(package):
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)
        return there(module, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(InputError, match=rf"needs {package}.*-m pip install"):
        load_tokenizer(name)


@pytest.mark.parametrize("name", TOKENIZERS)
def test_every_tokenizer_takes_the_same_text_apart_completely(name):
    try:
        tokenizer = load_tokenizer(name)
    except InputError as fault:
        lacking("tokenizers", str(fault))
    assert "".join(tokenizer.words("今日は、眠れました。\n 😀")) == "今日は、眠れました。😀"
