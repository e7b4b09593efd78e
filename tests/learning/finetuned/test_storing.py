"""A stored model finds the base it was taught on wherever a command is typed, and says what to do if it is gone."""

from pathlib import Path

import msgspec
import pytest

from kokorochat.domain.errors import InputError
from parts import need_qlora
from tiny_models import RESPONSES, tiny_model

need_qlora()

from kokorochat.learning.finetuned.storing import load_weights_of, read_finetuned  # noqa: E402
from kokorochat.learning.finetuned.tiny import make_tiny  # noqa: E402


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A model whose base lies outside of it, and another base."""
    folder = tmp_path_factory.mktemp("made")
    for seed, name in enumerate(("llama", "other")):
        make_tiny(folder / name, RESPONSES.base, ["こんにちは。眠れません。"], seed)
    tiny_model(folder / "tuned", msgspec.structs.replace(RESPONSES, base=str(folder / "llama")))
    return folder


def test_it_answers_wherever_the_command_is_typed(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_finetuned(made / "tuned").base == made / "llama"
    monkeypatch.chdir(made)
    stored = read_finetuned(Path("tuned"))
    assert load_weights_of(stored, "cpu").run == stored.run


def test_a_base_that_lies_elsewhere_now_may_be_named(made, tmp_path, monkeypatch):
    moved = made / "llama"
    moved.rename(tmp_path / "moved")
    try:
        with pytest.raises(InputError, match="is no folder any more") as fault:
            read_finetuned(made / "tuned")
        assert fault.value.remedy == "Set KOKOROCHAT_BASE to the folder in which it lies now"
        monkeypatch.setenv("KOKOROCHAT_BASE", str(made / "other"))
        with pytest.raises(InputError, match="KOKOROCHAT_BASE names other bases"):
            read_finetuned(made / "tuned")
        monkeypatch.setenv("KOKOROCHAT_BASE", str(tmp_path / "nothing"))
        with pytest.raises(InputError, match="nothing is no folder"):
            read_finetuned(made / "tuned")
        monkeypatch.chdir(tmp_path)
        (tmp_path / "empty").mkdir()
        monkeypatch.setenv("KOKOROCHAT_BASE", f"empty:{made / 'other'}")
        with pytest.raises(InputError, match=r"other bases and what can't be used \(.*holds no config\.json"):
            read_finetuned(made / "tuned")
        monkeypatch.setenv("KOKOROCHAT_BASE", f"nothing:empty:{made / 'other'}:moved")
        assert read_finetuned(made / "tuned").base == tmp_path / "moved"
    finally:
        (tmp_path / "moved").rename(moved)


def test_another_base_in_the_place_of_the_one_that_was_taught_is_named(made):
    for one, other in (("llama", "kept"), ("other", "llama")):
        (made / one).rename(made / other)
    try:
        with pytest.raises(InputError, match="another base than the one that was taught"):
            read_finetuned(made / "tuned")
    finally:
        for one, other in (("llama", "other"), ("kept", "llama")):
            (made / one).rename(made / other)
