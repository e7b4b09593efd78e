"""The combined responder: it learns which words are due, prefers replies that hold them, and is stored whole."""

import json
import shutil

import msgspec
import numpy as np
import pytest

from factories import a_dialogue, well_rated_demo
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.errors import InputError
from kokorochat.learning.combined.foresight import MOST, Foresight, Reading
from kokorochat.learning.models import load_response_model
from kokorochat.learning.response_config import CombinedRun, SmallRun
from kokorochat.learning.train import train
from kokorochat.tasks.lines import digest
from kokorochat.tasks.response import response_samples
from parts import need_torch

need_torch()

import torch  # noqa: E402

from kokorochat.learning.combined import foreseeing  # noqa: E402

RUN = CombinedRun(
    task="response",
    model="combined",
    tokenizer="characters",
    fewest=1,
    neighbours=20,
    width=8,
    hidden=12,
    read_words=300,
    foreseen_words=200,
    foreseen_pairs=100,
    rounds=2,
    batch=16,
    validation_dialogues=1,
)

SMALL_RUN = SmallRun(
    task="response",
    model="small",
    vocabulary=300,
    width=8,
    layers=1,
    heads=2,
    window=32,
    windows=2,
    steps=2,
    warmup=1,
    validate_every=2,
    longest=8,
    drawn=4,
    tokenizer="characters",
    validation_dialogues=1,
)


def words(*numbers):
    return np.array(numbers, dtype=np.int32)


def talks(count=40):
    """Sessions in which a client of matter 1 is answered with 11 12, and one of matter 2 with 21 22."""
    for number in range(count):
        matter = 1 + number % 2
        yield [(False, words(5)), (True, words(matter, 6)), (False, words(10 * matter + 1, 10 * matter + 2, 7))]


@pytest.fixture(scope="module")
def learnt():
    run = msgspec.structs.replace(RUN, rounds=60, rate=0.01, dropout=0.0)
    return foreseeing.learn_foresight([*talks()], run, 0)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return well_rated_demo(tmp_path_factory.mktemp("corpus") / "demo", {"5": 100, "14": 100})


@pytest.fixture(scope="module")
def finished(corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    return out, train(RUN, corpus, 0, out, command="kokorochat train")


def model_bytes(folder):
    return {file.relative_to(folder): file.read_bytes() for file in (folder / "model").rglob("*") if file.is_file()}


def test_it_foresees_the_words_that_the_matter_asks_for(learnt):
    arrays, losses = learnt
    assert losses[-1] < losses[0]
    foresight = Foresight(arrays)
    replies = [words(11, 12, 7), words(21, 22, 7)]
    for matter, due in ((1, 0), (2, 1)):
        asked = [(False, words(5)), (True, words(matter, 6))]
        for commonness in (0.0, 1.0):
            assert np.argmax(foresight.worth(asked, replies, commonness)) == due


def test_what_is_worth_the_same_everywhere_is_taken_off(learnt):
    foresight = Foresight(learnt[0])
    asked = [(False, words(5)), (True, words(1, 6))]
    usual, due = (foresight.worth(asked, [words(*reply)], 1.0)[0] for reply in ((7,), (11,)))
    assert usual < due
    assert foresight.worth(asked, [words(7)], 0.0)[0] > usual


def test_in_numpy_it_says_what_the_network_says(monkeypatch):
    networks = []

    class Kept(foreseeing.Network):
        def __init__(self, *given):
            super().__init__(*given)
            networks.append(self)

    monkeypatch.setattr(foreseeing, "Network", Kept)
    arrays, _ = foreseeing.learn_foresight([*talks()], msgspec.structs.replace(RUN, dropout=0.0), 0)
    foresight = Foresight(arrays)
    columns = [(partner, foresight.reading.columns(some)) for partner, some in next(talks())]
    contexts = [foresight.reading.context(columns[:turns]) for turns in range(4)]
    with torch.no_grad():
        due = torch.sigmoid(networks[0](contexts)).numpy()
    assert np.stack([foresight.odds(context) for context in contexts]) == pytest.approx(due, abs=1e-5)


def test_unknown_words_empty_replies_and_no_history_are_worth_something_finite(learnt):
    foresight = Foresight(learnt[0])
    for turns in ([], [(True, words())], [(True, words(999))]):
        assert np.isfinite(foresight.worth(turns, [words(), words(999), words(7)], 0.5)).all()


def test_older_turns_count_less_and_a_word_at_most_so_often():
    reading = Reading(words(3, 4))
    turns = [(True, reading.columns(words(3))), (False, reading.columns(words())), (True, reading.columns(words(4, 9)))]
    (last, _), (before, _), (columns, shares), _ = reading.context(turns).bags
    assert (last.tolist(), before.tolist(), columns.tolist()) == ([1], [], [0, 1])
    assert shares[0] < shares[1] == 1
    _, _, (_, often), _ = reading.context([(True, reading.columns(words(*[3] * 9)))]).bags
    assert often.tolist() == [MOST]


def test_a_run_writes_both_parts_card_and_what_it_took_and_no_word_of_the_test_part(finished, corpus):
    out, report = finished
    assert "part=full-validation, 1 best rated" in report["metrics"]["validation"]["signature"]
    assert "foreseen words" in report["metrics"]["validation"]["signature"]
    told = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert told["foresight_cpu_seconds"] > 0
    assert "words of the corpus" in (out / "README.md").read_text(encoding="utf-8")
    dialogues = json.loads((out / "model" / "index" / "model.json").read_text(encoding="utf-8"))["dialogues"]
    assert not {"5", "14"} & set(dialogues)
    assert train(RUN, corpus, 0, out, resume=True)["finished_before"]


def test_a_seed_gives_the_same_bytes_twice(finished, corpus, tmp_path):
    train(RUN, corpus, 0, tmp_path / "again")
    assert model_bytes(tmp_path / "again") == model_bytes(finished[0])


def test_every_sample_is_answered_and_without_torch(finished, corpus, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    model = load_response_model(f"combined:{finished[0]}")
    samples = [s for d in read_corpus(corpus) if d.id == "5" for s in response_samples(d)]
    replies = model.respond(samples)
    assert len(replies) == len(samples)
    assert all(replies)
    assert replies == model.respond(samples)


@pytest.mark.parametrize("texts", [(), ("あ",), ("（", "(笑)"), ("\0", "\u2060"), ("a" * 5000, "\ud83d")])
def test_any_history_gets_a_reply(finished, texts):
    model = load_response_model(f"combined:{finished[0]}")
    assert model.reply([(number % 2 == 1, text) for number, text in enumerate(texts)])


def test_somebody_can_practise_with_it(finished):
    model = load_response_model(f"combined:{finished[0]}")
    assert model.converse(a_dialogue("こんにちは。", "眠れません。"))


def test_an_index_of_another_training_is_no_part_of_it(finished, corpus, tmp_path):
    train(msgspec.structs.replace(RUN, temperature=0.7), corpus, 0, tmp_path / "other")
    shutil.rmtree(tmp_path / "other" / "model" / "foresight")
    shutil.copytree(finished[0] / "model" / "foresight", tmp_path / "other" / "model" / "foresight")
    with pytest.raises(InputError, match="not the index that the foresight was learnt on"):
        load_response_model(f"combined:{tmp_path / 'other'}")


def test_nor_is_one_of_the_same_settings_on_other_talks(finished, corpus, tmp_path):
    train(RUN, corpus, 1, tmp_path / "other")
    shutil.copytree(finished[0], tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "model" / "index")
    shutil.copytree(tmp_path / "other" / "model" / "index", tmp_path / "run" / "model" / "index")
    with pytest.raises(InputError, match=r"model/index: is not the index that the foresight was learnt on"):
        load_response_model(f"combined:{tmp_path / 'run'}")


@pytest.mark.parametrize("number", [-5, 2**30])
def test_foreseen_words_that_the_index_does_not_have_are_refused(finished, tmp_path, number):
    shutil.copytree(finished[0], tmp_path / "run")
    folder = tmp_path / "run" / "model" / "foresight"
    with np.load(folder / "weights.npz") as archive:
        arrays = dict(archive)
    np.savez(folder / "weights.npz", **{**arrays, "read": arrays["read"] * 0 + number})
    told = json.loads((folder / "model.json").read_bytes())
    told["arrays_digest"] = digest((folder / "weights.npz").read_bytes())
    (folder / "model.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(InputError, match="words that the index doesn't have"):
        load_response_model(f"combined:{tmp_path / 'run'}")


@pytest.fixture(scope="module")
def small(corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "small"
    train(SMALL_RUN, corpus, 0, out)
    return out


def test_replies_of_a_small_language_model_join_the_pool_and_may_be_said(finished, small, corpus, tmp_path):
    loudly = msgspec.structs.replace(RUN, drawn_weight=1000.0, foresight=0.0)
    train(loudly, corpus, 0, tmp_path / "loud")
    alone, drawing = load_response_model(f"combined:{finished[0]}"), load_response_model(f"small:{small}")
    loud = load_response_model(f"combined:{tmp_path / 'loud'}+small:{small}")
    samples = [s for d in read_corpus(corpus) if d.id == "5" for s in response_samples(d)]
    told = [[(message.role == "user", message.content) for message in s.messages[1:]] for s in samples]
    said = loud.respond(samples)
    assert all(reply in drawing.replies(turns) for reply, turns in zip(said, told, strict=True))
    assert said != alone.respond(samples)
    assert said == loud.respond(samples)
    both = load_response_model(f"combined:{finished[0]}+small:{small}")
    assert both.name == f"combined:{finished[0]}+small:{small}"
    assert both.fingerprint not in (alone.fingerprint, drawing.fingerprint)
    assert "4 replies of a small language model" in both.decoding


def test_a_small_language_model_of_another_task_is_refused(small, corpus, tmp_path):
    for key, value in (("role", "client"), ("keep_out_of_role", False)):
        out = tmp_path / key
        train(msgspec.structs.replace(RUN, **{key: value}), corpus, 0, out)
        with pytest.raises(InputError, match=key):
            load_response_model(f"combined:{out}+small:{small}")


@pytest.mark.parametrize(
    "name", ["foresight/model.json", "foresight/weights.npz", "index/model.json", "index/text.npy"]
)
def test_a_damaged_or_missing_file_is_named(finished, tmp_path, name):
    for file, data in model_bytes(finished[0]).items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(data)
    file = tmp_path / "model" / name
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        load_response_model(f"combined:{tmp_path}")
    file.unlink()
    with pytest.raises(InputError, match=name.rpartition("/")[2].replace(".", r"\.")):
        load_response_model(f"combined:{tmp_path}")
