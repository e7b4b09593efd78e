"""A stranger's model: it runs no code, fills no memory, and is refused in one sentence."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from numpy.lib import format as npy

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.domain.errors import InputError
from kokorochat.learning import stored
from kokorochat.learning.config import ScoreRun
from kokorochat.learning.models import load_response_model, load_score_model
from kokorochat.learning.stored import ARRAYS, DESCRIPTION, Description, read_model
from kokorochat.learning.train import train
from kokorochat.tasks.lines import digest


def _member(shape, kind="<f8", body=b""):
    member = io.BytesIO()
    npy.write_array_header_1_0(member, {"descr": kind, "fortran_order": False, "shape": shape})
    return member.getvalue() + body


def _header(text):
    data = text.encode()
    return b"\x93NUMPY\x01\x00" + len(data).to_bytes(2, "little") + data


class _Evil:
    def __reduce__(self):
        return (pytest.fail, ("a stranger's code ran",))


@pytest.mark.parametrize(
    "member",
    [
        _member((10**15,)),
        _member((2**62, 4)),
        _member((-1,)),
        _member((1,), "|O", pickle.dumps([_Evil()])),
        _header("{'descr': '<f8', 'fortran_order': False, 'shape': " + "(" * 3000 + ")" * 3000 + "}\n"),
        _header("{'descr': " + "-" * 9000 + "1}\n"),
        pickle.dumps(_Evil()),
        b"",
    ],
)
def test_arrays_that_mean_harm_are_refused(member, tmp_path):
    _store(tmp_path, member)
    with pytest.raises(InputError):
        read_model(tmp_path, Description, "a model").take("x", (1,), "<f8")


def test_arrays_that_unpack_to_more_than_a_model_has_are_not_unpacked(tmp_path, monkeypatch):
    _store(tmp_path, _member((200_000,), body=np.zeros(200_000).tobytes()))
    assert read_model(tmp_path, Description, "a model").arrays["x"].shape == (200_000,)
    monkeypatch.setattr(stored, "LARGEST_UNPACKED", 1_000_000)
    with pytest.raises(InputError, match="unpacked"):
        read_model(tmp_path, Description, "a model")


def _store(folder, member):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", member)
    (folder / ARRAYS).write_bytes(packed.getvalue())
    told = {"format": "x", "format_version": 1, "arrays_digest": digest(packed.getvalue())}
    (folder / DESCRIPTION).write_text(json.dumps(told), encoding="utf-8")


@pytest.mark.parametrize("sign", ["\x9b", "\u202e", "\u2028"])
def test_a_phrase_that_a_terminal_obeys_is_no_phrase(sign):
    from kokorochat.tasks.reply import ReplyFault
    from kokorochat.tasks.topic import parse_topic

    with pytest.raises(ReplyFault, match="no short phrase"):
        parse_topic(json.dumps({"main": "Others", "sub": f"a{sign}31m"}))


def test_a_model_of_another_kind_is_refused_by_the_name_of_its_kind(tmp_path):
    class OfThisKind(Description, frozen=True, forbid_unknown_fields=True, kw_only=True):
        axes: int

    told = {"format": "kokorochat-topics", "format_version": 1, "strength": 0.3}
    (tmp_path / DESCRIPTION).write_text(json.dumps(told))
    (tmp_path / ARRAYS).write_bytes(b"")
    with pytest.raises(InputError, match="of the kind 'kokorochat-topics'"):
        read_model(tmp_path, OfThisKind, "a model of this kind")


@pytest.mark.parametrize("spec", ["ordinal:", "retrieval:", "small:", "combined:"])
def test_a_name_that_no_folder_can_have_is_refused(spec):
    load = load_score_model if spec == "ordinal:" else load_response_model
    with pytest.raises(InputError):
        load(spec + "a" * 5000)


@pytest.mark.parametrize("spec", ["combined:+small:x", "combined:x+small:"])
def test_a_folder_without_a_name_is_no_folder(spec):
    with pytest.raises(InputError, match="without a name"):
        load_response_model(spec)


@pytest.mark.parametrize("last", [0, -1, 1.5, 1e308, "NaN"])
def test_a_stretch_of_a_talk_that_no_run_file_can_ask_for_is_refused(tmp_path, last):
    train(ScoreRun(task="score", model="ordinal"), DEMO_CORPUS, 0, tmp_path / "run")
    file = tmp_path / "run" / "model" / "model.json"
    told = json.loads(file.read_bytes())
    told["texts"][1][1] = last
    file.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(InputError, match=r"model\.json, texts\[1\]\[1\]"):
        load_score_model(f"ordinal:{tmp_path / 'run'}")
