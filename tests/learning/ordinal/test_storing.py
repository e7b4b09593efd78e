"""An ordinal model on disk: it predicts the same, and a damaged or foreign one is refused by file and field."""

import pickle
import zipfile

import msgspec
import numpy as np
import pytest

from factories import some_samples
from kokorochat.domain.errors import InputError
from kokorochat.learning.config import ScoreRun
from kokorochat.learning.models import load_score_model
from kokorochat.learning.ordinal.fitting import People, fit_ordinal
from kokorochat.learning.ordinal.storing import load_ordinal, save_ordinal
from kokorochat.learning.stored import ARRAYS
from kokorochat.tasks.lines import digest

RUN = ScoreRun(task="score", model="ordinal")


@pytest.fixture(scope="module")
def model():
    return fit_ordinal(some_samples(12), RUN).model


@pytest.fixture
def folder(model, tmp_path):
    save_ordinal(model, tmp_path / "model")
    return tmp_path


def test_a_stored_model_predicts_the_same(model, folder):
    loaded = load_ordinal(folder)
    dialogues = [sample.dialogue for sample in some_samples(12)]
    assert np.array_equal(loaded.values(dialogues), model.values(dialogues))


def test_a_stored_model_knows_the_raters_that_it_knew(tmp_path):
    raters = [f"rater {number % 2}" for number in range(12)]
    model = fit_ordinal(some_samples(12), RUN, People(range(12), raters, known=True)).model
    save_ordinal(model, tmp_path / "model")
    loaded = load_ordinal(tmp_path)
    assert loaded.knows == "rater"
    assert list(loaded.raters) == ["rater 0", "rater 1"]
    talks = [sample.dialogue for sample in some_samples(2)]
    assert np.array_equal(loaded.values(talks, raters[:2]), model.values(talks, raters[:2]))


def test_the_same_model_is_stored_as_the_same_bytes(model, folder, tmp_path):
    save_ordinal(model, tmp_path / "again")
    for file in (folder / "model").iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_the_run_folder_and_the_model_folder_in_it_both_load(folder):
    samples = some_samples(4)
    predicted = load_score_model(f"ordinal:{folder}").predict(samples)
    assert load_score_model(f"ordinal:{folder / 'model'}").predict(samples) == predicted


def rewritten(folder, change):
    file = folder / "model" / "model.json"
    told = msgspec.json.decode(file.read_bytes())
    change(told)
    file.write_bytes(msgspec.json.encode(told))


class Harmful:
    def __reduce__(self):
        return (pytest.fail, ("code of the folder was run",))


def test_a_damaged_file_of_arrays_is_refused(folder):
    file = folder / "model" / "weights.npz"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"weights\.npz.*damaged"):
        load_ordinal(folder)


def test_pickled_code_in_a_folder_is_never_run(folder):
    file = folder / "model" / "weights.npz"
    with zipfile.ZipFile(file, "w") as archive, archive.open("intercept.npy", "w") as member:
        np.lib.format.write_array_header_1_0(member, {"descr": "|O", "fortran_order": False, "shape": ()})
        member.write(pickle.dumps(Harmful()))
    rewritten(folder, lambda told: told.update(arrays_digest=digest(file.read_bytes())))
    with pytest.raises(InputError, match="can't be read as arrays"):
        load_ordinal(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]"])
def test_a_description_that_is_no_json_is_refused(folder, content):
    (folder / "model" / "model.json").write_bytes(content)
    with pytest.raises(InputError, match=r"model\.json"):
        load_ordinal(folder)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda told: told.pop("grams"), "grams"),
        (lambda told: told["grams"].pop(), "grams"),
        (lambda told: told["grams"].__setitem__(0, told["grams"][0] + 1), "text0_codes"),
        (lambda told: told["alphabet"].__setitem__(1, 1), "text1_alphabet"),
        (lambda told: told["texts"].__setitem__(0, ["listener", 1.0]), "texts"),
        (lambda told: told.update(format_version=1), "format_version"),
        (lambda told: told.update(decoding="round"), "decoding"),
        (lambda told: told["items"].reverse(), "items"),
        (lambda told: told["features"].pop(), "features"),
        (lambda told: told.update(longest_gram="2"), "longest_gram"),
        (lambda told: told.update(longest_gram=5), "longest_gram"),
        (lambda told: told.update(knows="weather"), "knows"),
        (lambda told: told.update(raters=["7"]), "knows"),
        (lambda told: told.update(knows="rater", raters=["7", "7"]), "raters"),
        (lambda told: told.update(knows="rater", raters=["7"]), "raters"),
        (lambda told: told.update(more=1), "more"),
    ],
)
def test_a_foreign_description_is_refused_by_file_and_field(folder, change, where):
    rewritten(folder, change)
    with pytest.raises(InputError) as fault:
        load_ordinal(folder)
    assert where in str(fault.value)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("text0_codes", lambda array: array[::-1]),
        ("text1_alphabet", lambda array: np.sort(array)[np.r_[0, 0 : len(array) - 1]]),
        ("course_scale", np.zeros_like),
        ("slopes", lambda array: -array),
        ("cuts", lambda array: array[:, ::-1]),
        ("intercept", lambda array: array * np.nan),
        ("text0_weights", lambda array: array.astype(np.float32)),
    ],
)
def test_arrays_that_no_training_gives_are_refused_by_name(folder, name, change):
    file = folder / "model" / ARRAYS
    with np.load(file) as archive:
        arrays = {key: archive[key] for key in archive.files}
    np.savez(file, **(arrays | {name: change(arrays[name])}))
    rewritten(folder, lambda told: told.update(arrays_digest=digest(file.read_bytes())))
    with pytest.raises(InputError, match=name):
        load_ordinal(folder)


@pytest.mark.parametrize("spec", ["ordinal", "ordinal:", "gpt", "hf:x", ""])
def test_an_unknown_model_is_told_which_exist(spec):
    with pytest.raises(InputError, match="ordinal:DIR"):
        load_score_model(spec)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"model\.json"):
        load_score_model(f"ordinal:{tmp_path}")
