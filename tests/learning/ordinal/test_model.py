"""The ordinal model: it learns, its stored form predicts the same, and a damaged one is refused."""

import pickle
import zipfile

import msgspec
import numpy as np
import pytest

from factories import a_dialogue, some_samples
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.learning.config import ScoreRun
from kokorochat.learning.models import load_score_model
from kokorochat.learning.ordinal.fitting import fit_ordinal
from kokorochat.learning.ordinal.storing import load_ordinal, save_ordinal
from kokorochat.learning.ordinal.thresholds import decide
from kokorochat.tasks.score import score_input, score_sample

RUN = ScoreRun(task="score", model="ordinal")


@pytest.fixture(scope="module")
def model():
    return fit_ordinal(some_samples(12), RUN).model


@pytest.fixture
def folder(model, tmp_path):
    save_ordinal(model, tmp_path / "model")
    return tmp_path


def test_it_tells_a_warm_counselor_from_a_curt_one(model):
    curt, warm = model.predict(some_samples(2))
    assert set(curt.items.values()) == {1}
    assert set(warm.items.values()) == {4}


def test_a_stored_model_predicts_the_same(model, folder):
    loaded = load_ordinal(folder)
    dialogues = [sample.dialogue for sample in some_samples(12)]
    assert np.array_equal(loaded.values(dialogues), model.values(dialogues))


def test_the_run_folder_and_the_model_folder_in_it_both_load(folder):
    samples = some_samples(4)
    predicted = load_score_model(f"ordinal:{folder}").predict(samples)
    assert load_score_model(f"ordinal:{folder / 'model'}").predict(samples) == predicted


def test_a_dialogue_is_predicted_like_its_sample(model):
    dialogue = a_dialogue("（よろしく）", "それで？", "つらいです。", "ロールプレイありがとうございました。")
    assert model.predict_dialogue(dialogue) == model.predict([score_sample(dialogue)])[0].items


@pytest.mark.parametrize(
    "dialogue",
    [
        a_dialogue("（すべて役の外）"),
        a_dialogue("はい。"),
        a_dialogue("client: はい。", "client: ええ。", gap=None),
        a_dialogue("\ud800", "😀" * 50, "\x08"),
        a_dialogue("漢" * 50_000),
    ],
    ids=["nothing left", "one message", "one role without times", "odd characters", "very long"],
)
def test_any_dialogue_gets_twenty_scores(model, dialogue):
    assert tuple(model.predict_dialogue(dialogue)) == ITEM_KEYS


def test_nothing_to_predict_gives_nothing(model):
    assert model.predict([]) == []


def test_the_same_seed_gives_the_same_model():
    one, other = (fit_ordinal(some_samples(12), RUN).model for _ in range(2))
    dialogues = [sample.dialogue for sample in some_samples(5)]
    assert one.values(dialogues) == pytest.approx(other.values(dialogues), abs=1e-6)


def test_a_dialogue_without_rating_can_not_be_learnt_from():
    unrated = score_sample(a_dialogue(id="77", items=None))
    with pytest.raises(InputError, match="dialogue 77"):
        fit_ordinal([*some_samples(4), unrated], RUN)


def test_what_was_trained_with_all_talk_reads_all_talk():
    run = ScoreRun(task="score", model="ordinal", keep_out_of_role=True)
    model = fit_ordinal(some_samples(6), run).model
    dialogue = a_dialogue("それで？", "つらいです。", "ロールプレイありがとうございました。" * 20)
    values = model.values([score_input(dialogue, keep_out_of_role=True)])
    assert list(model.predict_dialogue(dialogue).values()) == decide(model.thresholds.probabilities(values))[0].tolist()


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
    from kokorochat.tasks.lines import digest

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


@pytest.mark.parametrize("spec", ["ordinal", "ordinal:", "gpt", "hf:x", ""])
def test_an_unknown_model_is_told_which_exist(spec):
    with pytest.raises(InputError, match="ordinal:DIR"):
        load_score_model(spec)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"model\.json"):
        load_score_model(f"ordinal:{tmp_path}")


def test_a_talk_far_shorter_than_any_seen_is_judged_at_the_border_of_what_was_learnt():
    samples = [score_sample(dialogue) for dialogue in read_corpus(DEMO_CORPUS)]
    model = fit_ordinal(samples[2:], RUN).model
    values = model.values([samples[0].dialogue[:4]])
    assert values.min() > -1
    assert values.max() < 6
