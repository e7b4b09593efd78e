"""A stranger's index: what points to nothing is refused before anything is asked of it."""

import json
import os

import numpy as np
import pytest

from factories import a_dialogue
from kokorochat.domain.errors import InputError
from kokorochat.learning.response_config import RetrievalRun
from kokorochat.learning.retrieval.responder import load_retrieval, save_retrieval
from kokorochat.tasks.lines import digest

RUN = RetrievalRun(task="response", model="retrieval", tokenizer="characters", fewest=1)


@pytest.fixture
def folder(tmp_path):
    save_retrieval(
        [(a_dialogue(id="1"), 80), (a_dialogue("はい。", "猫が", "猫ですね", id="2"), 90)], RUN, tmp_path / "model"
    )
    return tmp_path / "model"


def changed(folder, name, data):
    """Write an array's file, and its digest into the description, as a stranger would."""
    (folder / f"{name}.npy").write_bytes(data)
    told(folder, lambda description: description["digests"].__setitem__(name, digest(data)))


def told(folder, change):
    description = json.loads((folder / "model.json").read_bytes())
    change(description)
    (folder / "model.json").write_text(json.dumps(description), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("reply", lambda array: array + 10**8),
        ("reply", lambda array: array - 1),
        ("reply", lambda array: array[:0]),
        ("before", lambda array: array[:1]),
        ("before", lambda array: -array),
        ("dialogue", lambda array: array + 1),
        ("topic", lambda array: array + 1000),
        ("times", lambda array: array * 0),
        ("words", lambda array: array + 10**6),
        ("word_starts", lambda array: array[::-1]),
        ("text", lambda array: array[:-1]),
        ("text", lambda array: array * 0 + 255),
        ("text_starts", lambda array: np.concatenate([array[:1], array[1:-1] + 1, array[-1:]])),
        ("partner_rows", lambda array: array + 10**7),
        ("history_rows", lambda array: array + 10**7),
        ("own_starts", lambda array: array[1:]),
        ("partner_terms", lambda array: array[::-1]),
        ("history_weights", lambda array: array * np.nan),
        ("partner_idf", lambda array: array[1:]),
    ],
)
def test_an_array_that_no_training_gives_is_named(folder, name, change):
    file = folder / f"{name}.npy"
    np.save(file, np.ascontiguousarray(change(np.load(file))))
    changed(folder, name, file.read_bytes())
    with pytest.raises(InputError, match="what no training gives"):
        load_retrieval(folder)


@pytest.mark.parametrize("shape", ["(99999999999999999999999,)", "(-5,)", "(" * 100])
def test_a_shape_of_no_memorys_size_is_refused(folder, shape):
    header = ("{'descr': '<i4', 'fortran_order': False, 'shape': " + shape + ",}\n").encode()
    changed(folder, "reply", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(InputError, match="can't be read as an array"):
        load_retrieval(folder)


def test_a_pipe_in_the_place_of_an_array_is_not_waited_for(folder):
    (folder / "reply.npy").unlink()
    os.mkfifo(folder / "reply.npy")
    with pytest.raises(InputError, match="not a file"):
        load_retrieval(folder)


def test_an_index_of_another_version_of_the_words_is_refused(folder):
    told(folder, lambda description: description.__setitem__("tokenizer", "characters of tomorrow"))
    with pytest.raises(InputError, match="characters of tomorrow"):
        load_retrieval(folder)
