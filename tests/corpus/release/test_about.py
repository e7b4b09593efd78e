"""The form: what is lacking or unknown is named."""

import tomllib

import msgspec
import pytest

from kokorochat.corpus.release.about import TEMPLATE, About, hub_licence, licence_text, load_about
from kokorochat.domain.errors import InputError


def test_a_filled_form_is_read(form):
    about = load_about(form(funding="A grant."))
    assert (about.name, about.languages, about.funding, about.ethics) == ("練習の対話 “one”", ("ja",), "A grant.", None)


@pytest.mark.parametrize("key", ["name", "version", "licence", "languages", "consent", "collection", "limits"])
def test_a_missing_key_is_named(form, key):
    with pytest.raises(InputError, match=rf"missing required field `{key}`.*--template"):
        load_about(form(**{key: None}))


@pytest.mark.parametrize("key", ["name", "consent", "contact", "citation", "funding"])
def test_an_empty_text_is_named(form, key):
    with pytest.raises(InputError, match=rf"about\.toml, {key}: is empty"):
        load_about(form(**{key: " 　"}))


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"license": "MIT"}, "license.*not a field that is known"),
        ({"languages": []}, "languages"),
        ({"languages": ["Japanese"]}, "languages"),
        ({"version": 1}, "version"),
        ({"name": "a\nb"}, "name: must be one line"),
        ({"name": "a\u2028b"}, r"name: holds U\+2028"),
        ({"limits": "a\u0007b"}, r"limits: holds U\+0007"),
    ],
)
def test_a_wrong_value_is_named(form, changed, what):
    with pytest.raises(InputError, match=what):
        load_about(form(**changed))


def test_what_is_no_toml_or_not_there_is_named(tmp_path):
    (tmp_path / "about.toml").write_bytes(b"name = \xff")
    with pytest.raises(InputError, match="not readable as TOML"):
        load_about(tmp_path / "about.toml")
    with pytest.raises(InputError, match="can't be read"):
        load_about(tmp_path / "nowhere.toml")


def test_the_template_holds_every_key_and_is_refused_until_it_is_filled():
    text = TEMPLATE.read_text(encoding="utf-8")
    required = {f.name for f in msgspec.structs.fields(About) if f.required}
    assert tomllib.loads(text).keys() == required
    for key in {f.name for f in msgspec.structs.fields(About)} - required:
        assert f"# {key} = " in text
    with pytest.raises(InputError, match="languages"):
        load_about(TEMPLATE)


def test_a_licence_is_its_own_text_if_the_form_names_it_else_a_pointer(form, tmp_path):
    (tmp_path / "terms.txt").write_text("Be kind.", encoding="utf-8")
    path = form(licence_file="terms.txt")
    assert licence_text(load_about(path), path) == "Be kind."
    path = form()
    assert "https://spdx.org/licenses/CC-BY-4.0.html" in licence_text(load_about(path), path)
    path = form(licence="By agreement with us")
    assert "By agreement with us" in licence_text(load_about(path), path)
    path = form(licence_file="nowhere.txt")
    with pytest.raises(InputError, match="licence_file"):
        licence_text(load_about(path), path)


def test_a_hub_knows_licences_by_their_identifiers_only():
    assert hub_licence("CC-BY-NC-ND-4.0") == "cc-by-nc-nd-4.0"
    assert hub_licence("By agreement with us") is None
