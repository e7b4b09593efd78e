"""The ordinal model: it learns, its stored form predicts the same, and a damaged one is refused."""

import pickle
import zipfile

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import a_dialogue, some_samples
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.learning.config import ScoreRun
from kokorochat.learning.lexicon import lexicon
from kokorochat.learning.models import load_score_model
from kokorochat.learning.ordinal import FEATURES, decode, features, fit_ordinal, load_ordinal
from kokorochat.tasks.sample import Turn
from kokorochat.tasks.score import score_input, score_sample

RUN = ScoreRun(task="score", model="ordinal")


@pytest.fixture(scope="module")
def model():
    return fit_ordinal(some_samples(12), some_samples(2), RUN, 0).model


@pytest.fixture
def folder(model, tmp_path):
    model.save(tmp_path / "model")
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


def test_one_weight_for_each_gram_does_what_svd_and_ridge_do():
    from sklearn.decomposition import TruncatedSVD
    from sklearn.linear_model import Ridge

    samples = some_samples(12)
    run = ScoreRun(task="score", model="ordinal", components=5, alphas=(1.0,))
    folded = fit_ordinal(samples, samples[:2], run, 0).model
    texts = {role: ["\n".join(t.text for t in s.dialogue if t.role is role) for s in samples] for role in Role}
    blocks = []
    for role in Role:
        vectors = lexicon(texts[role], 2, 10_000).vectors(texts[role])
        blocks.append(TruncatedSVD(5, random_state=0).fit(vectors).transform(vectors))
    spread = np.std(np.hstack(blocks))
    table = np.array([features(sample.dialogue) for sample in samples])
    scale = table.std(axis=0)
    scale[scale < 1e-9] = 1
    inputs = np.hstack([*(block / spread for block in blocks), (table - table.mean(axis=0)) / scale])
    due = np.array([[4 if number % 2 else 1] * 20 for number in range(12)])
    expected = Ridge(alpha=1.0).fit(inputs, due).predict(inputs)
    assert folded.values([sample.dialogue for sample in samples]) == pytest.approx(expected, abs=1e-4)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1))
def test_decoding_gives_whole_numbers_from_0_to_5_that_keep_the_order(values):
    decoded = decode(np.array(sorted(values)))
    assert set(decoded) <= set(range(6))
    assert list(decoded) == sorted(decoded)


def test_decoding_rounds_half_up():
    assert decode(np.array([-0.6, 0.49, 0.5, 2.5, 3.49, 4.5, 7.0])).tolist() == [0, 0, 1, 3, 3, 5, 5]


def test_a_response_is_timed_from_the_end_of_one_run_to_the_start_of_the_next():
    turns = [
        Turn(Role.CLIENT, 0, "a"),
        Turn(Role.CLIENT, 100, "b"),
        Turn(Role.COUNSELOR, 130, "c?"),
        Turn(Role.COUNSELOR, 200, "d"),
    ]
    told = dict(zip(FEATURES, features(turns), strict=True))
    assert np.expm1(told["counselor_response_seconds"]) == pytest.approx(30)
    assert np.isnan(told["client_response_seconds"])
    assert told["counselor_questions_per_utterance"] == 0.5
    assert told["minutes"] == pytest.approx(200 / 60)


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


def test_a_role_that_never_speaks_in_training_is_no_obstacle():
    samples = [score_sample(a_dialogue("client: はい。", f"client: {n}", id=str(n), gap=None)) for n in range(8)]
    fit = fit_ordinal(samples, samples[:1], RUN, 0)
    assert fit.components["counselor"] == 0
    assert set(fit.model.predict(samples)[0].items.values()) <= set(range(6))


def test_the_same_seed_gives_the_same_model():
    one, other = (fit_ordinal(some_samples(12), some_samples(2), RUN, 3).model for _ in range(2))
    dialogues = [sample.dialogue for sample in some_samples(5)]
    assert one.values(dialogues) == pytest.approx(other.values(dialogues), abs=1e-6)


def test_a_dialogue_without_rating_can_not_be_learnt_from():
    unrated = score_sample(a_dialogue(id="77", items=None))
    with pytest.raises(InputError, match="dialogue 77"):
        fit_ordinal([*some_samples(4), unrated], some_samples(1), RUN, 0)


def test_what_was_trained_with_all_talk_reads_all_talk():
    run = ScoreRun(task="score", model="ordinal", keep_out_of_role=True)
    model = fit_ordinal(some_samples(6), some_samples(1), run, 0).model
    dialogue = a_dialogue("それで？", "つらいです。", "ロールプレイありがとうございました。" * 20)
    values = model.values([score_input(dialogue, keep_out_of_role=True)])
    assert list(model.predict_dialogue(dialogue).values()) == decode(values)[0].tolist()


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


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda told: told.pop("grams"), "grams"),
        (lambda told: told["grams"]["client"].append("!!"), "client_idf"),
        (lambda told: told["grams"].pop("client"), "grams"),
        (lambda told: told["grams"]["client"].__setitem__(0, told["grams"]["client"][1]), "grams"),
        (lambda told: told.update(format_version=2), "format_version"),
        (lambda told: told["items"].reverse(), "items"),
        (lambda told: told.update(longest_gram="2"), "longest_gram"),
        (lambda told: told.update(more=1), "more"),
    ],
)
def test_a_foreign_description_is_refused_by_file_and_field(folder, change, where):
    rewritten(folder, change)
    with pytest.raises(InputError) as fault:
        load_ordinal(folder)
    assert where in str(fault.value)


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
    model = fit_ordinal(samples[2:], samples[:2], ScoreRun(task="score", model="ordinal"), seed=0).model
    values = model.values([samples[0].dialogue[:4]])
    assert values.min() > -1
    assert values.max() < 6
