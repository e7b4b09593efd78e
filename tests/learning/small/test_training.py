"""Training: it learns, a seed gives the same bytes twice, and a killed run goes on as if nothing had been."""

import json

import msgspec
import numpy as np
import pytest

from factories import short_demo, well_rated_demo
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.errors import InputError
from kokorochat.learning.models import load_model, load_response_model
from kokorochat.learning.response_config import SmallRun
from kokorochat.learning.train import train
from kokorochat.tasks.lines import digest
from kokorochat.tasks.response import response_header, response_samples
from parts import need_torch

need_torch()

import torch  # noqa: E402
from safetensors.torch import load, save  # noqa: E402

from kokorochat.learning.small import training  # noqa: E402
from kokorochat.learning.small.muon import orthogonal  # noqa: E402
from kokorochat.learning.small.optimising import rate_share  # noqa: E402
from kokorochat.learning.small.vocabulary import Talk  # noqa: E402
from kokorochat.learning.small.windows import Windows  # noqa: E402

RUN = SmallRun(
    task="response",
    model="small",
    vocabulary=600,
    width=16,
    layers=1,
    heads=2,
    window=64,
    windows=4,
    steps=12,
    warmup=2,
    validate_every=4,
    longest=12,
    drawn=4,
    tokenizer="characters",
    validation_dialogues=1,
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return well_rated_demo(tmp_path_factory.mktemp("corpus") / "demo", {"5": 100, "14": 100})


@pytest.fixture(scope="module")
def finished(corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    return out, train(RUN, corpus, 0, out, command="kokorochat train")


def model_bytes(folder):
    return {file.name: file.read_bytes() for file in (folder / "model").iterdir()}


def test_a_run_writes_model_card_and_what_it_took(finished):
    out, report = finished
    assert list(report["metrics"]) == ["validation"]
    assert "part=full-validation, 1 best rated" in report["metrics"]["validation"]["signature"]
    told = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert [row["step"] for row in told["validation"]] == [4, 8, 12]
    assert told["validation"][-1]["loss"] < told["validation"][0]["loss"] < np.log(600)
    assert told["weights"] == 600 * 16 + 26 * 16 + 12 * 16 * 16
    assert {"torch", "tokenizers"} <= set(told["versions"])
    assert told["training_cpu_seconds"] > 0
    assert told["threads"] == torch.get_num_threads()
    assert "nor near-duplicates" in (out / "README.md").read_text(encoding="utf-8")
    files = {"learnt.json", "model.json", "tokens.json", "weights.safetensors"}
    assert {file.name for file in (out / "model").iterdir()} == files
    assert {file.name for file in out.parent.iterdir()} == {"run"}


def test_no_word_of_the_test_part_or_of_validation_is_learnt(corpus, tmp_path, monkeypatch):
    seen = []
    learn = training.learn_vocabulary
    monkeypatch.setattr(training, "learn_vocabulary", lambda some, size: learn(seen.extend(some) or seen, size))
    windows = []
    monkeypatch.setattr(training, "Windows", lambda *given: windows.append(given) or Windows(*given))
    train(msgspec.structs.replace(RUN, steps=1), corpus, 0, tmp_path / "run")
    assert len(seen) == 13
    assert not {"5", "14"} & {dialogue.id for dialogue in seen}
    (learnt, *_), (asked, *_) = windows
    assert (len(learnt), len(asked)) == (13, 1)
    assert asked[0].tokens.tolist() not in [talk.tokens.tolist() for talk in learnt]


def test_a_seed_gives_the_same_bytes_twice_and_another_seed_others(finished, corpus, tmp_path):
    train(RUN, corpus, 0, tmp_path / "again")
    assert model_bytes(tmp_path / "again") == model_bytes(finished[0])
    train(RUN, corpus, 1, tmp_path / "other")
    assert model_bytes(tmp_path / "other")["weights.safetensors"] != model_bytes(finished[0])["weights.safetensors"]


def test_a_killed_run_goes_on_to_the_same_bytes_and_metrics(finished, corpus, tmp_path, monkeypatch):
    out = tmp_path / "run"
    kill_after(7, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(RUN, corpus, 0, out)
    assert [file.name for file in tmp_path.iterdir()] == ["run.partial"]
    steps = kill_after(99, monkeypatch)
    report = train(RUN, corpus, 0, out, resume=True)
    assert steps == [*range(7, 12)]
    assert model_bytes(out) == model_bytes(finished[0])
    assert report["metrics"] == finished[1]["metrics"]
    told, before = (json.loads((place / "run.json").read_text(encoding="utf-8")) for place in (out, finished[0]))
    assert told["validation"] == before["validation"]
    assert train(RUN, corpus, 0, out, resume=True)["finished_before"]


def test_the_course_is_told_at_each_look_though_nobody_sits_at_a_terminal(corpus, tmp_path, capsys):
    report = train(RUN, corpus, 0, tmp_path / "run")
    losses = json.loads((tmp_path / "run" / "run.json").read_bytes())["validation"]
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("step ")]
    assert len(told) == len(losses) > 1
    assert told[-1] == f"step 12 of 12: {losses[-1]['loss']:.3f} nats a token on the validation part"
    assert not report["finished_before"]


def kill_after(steps, monkeypatch):
    """Interrupt the run before that step, with a checkpoint after every step; gives the steps that are taken."""
    monkeypatch.undo()
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0)
    taken, learner = [], training.Learner

    class Interrupted(learner):
        def step(self, number, batch):
            if number >= steps:
                raise KeyboardInterrupt
            taken.append(number)
            return super().step(number, batch)

    monkeypatch.setattr(training, "Learner", Interrupted)
    return taken


def test_what_another_run_has_left_is_not_taken_up(corpus, tmp_path, monkeypatch):
    out = tmp_path / "run"
    kill_after(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(RUN, corpus, 0, out)
    with pytest.raises(InputError, match="other settings"):
        train(RUN, corpus, 1, out, resume=True)
    left = tmp_path / "run.partial"
    left.write_bytes(left.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"run\.partial"):
        train(RUN, corpus, 0, out, resume=True)


def test_what_was_left_of_another_corpus_is_not_taken_up(corpus, tmp_path, monkeypatch):
    out = tmp_path / "run"
    kill_after(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(RUN, corpus, 0, out)
    with pytest.raises(InputError, match="other settings, talks or versions"):
        train(RUN, short_demo(tmp_path), 0, out, resume=True)


def test_every_sample_is_answered_and_equal_histories_alike(finished, corpus):
    model = load_response_model(f"small:{finished[0]}")
    samples = [s for d in read_corpus(corpus) if d.id == "5" for s in response_samples(d)][:5]
    replies = model.respond(samples)
    assert len(replies) == 5
    assert replies == [model.respond([sample])[0] for sample in samples]
    assert load_model(f"small:{finished[0]}", response_header("test", 0)).fingerprint == model.fingerprint


@pytest.mark.parametrize("words", [(), ("あ",), ("（", "(笑)"), ("\0", "\u2060", "\ud83d"), ("a" * 5000, "鬱" * 3000)])
def test_any_history_gets_an_answer(finished, words):
    model = load_response_model(f"small:{finished[0]}")
    assert isinstance(model.reply([(number % 2 == 1, text) for number, text in enumerate(words)]), str)


@pytest.mark.parametrize("name", ["model.json", "tokens.json", "weights.safetensors"])
def test_a_damaged_or_missing_file_is_named(finished, tmp_path, name):
    (tmp_path / "model").mkdir()
    for file, data in model_bytes(finished[0]).items():
        (tmp_path / "model" / file).write_bytes(data)
    file = tmp_path / "model" / name
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        load_response_model(f"small:{tmp_path}")
    file.unlink()
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        load_response_model(f"small:{tmp_path}")


def test_a_description_that_fits_nothing_is_refused(finished, tmp_path):
    (tmp_path / "model").mkdir()
    for file, data in model_bytes(finished[0]).items():
        (tmp_path / "model" / file).write_bytes(data)
    file = tmp_path / "model" / "model.json"
    told = json.loads(file.read_bytes())
    wider = {**told["shape"], "width": 32}
    for key, value in (("format", "kokorochat-ordinal"), ("format_version", 99), ("shape", wider), ("more", 1)):
        file.write_text(json.dumps({**told, key: value}), encoding="utf-8")
        with pytest.raises(InputError):
            load_response_model(f"small:{tmp_path}")


def test_weights_that_are_no_numbers_and_heads_that_fit_no_width_are_refused(finished, tmp_path):
    (tmp_path / "model").mkdir()
    for file, data in model_bytes(finished[0]).items():
        (tmp_path / "model" / file).write_bytes(data)
    place, weights = tmp_path / "model" / "model.json", tmp_path / "model" / "weights.safetensors"
    told = json.loads(place.read_bytes())
    place.write_text(json.dumps({**told, "shape": {**told["shape"], "heads": 7}}), encoding="utf-8")
    with pytest.raises(InputError, match="twice its heads"):
        load_response_model(f"small:{tmp_path}")
    spoilt = save({name: weight * float("nan") for name, weight in load(weights.read_bytes()).items()})
    weights.write_bytes(spoilt)
    place.write_text(json.dumps({**told, "arrays_digest": digest(spoilt)}), encoding="utf-8")
    with pytest.raises(InputError, match="no finite number"):
        load_response_model(f"small:{tmp_path}")


def test_heads_that_do_not_divide_the_width_are_refused(corpus, tmp_path):
    with pytest.raises(InputError, match="width"):
        train(msgspec.structs.replace(RUN, heads=3), corpus, 0, tmp_path / "run")


def test_each_round_shows_every_token_once_in_another_order():
    talks = [Talk(np.full(10, n, dtype=np.int32), np.full(10, n, dtype=np.int32), np.ones(10, bool)) for n in range(7)]
    windows = Windows(talks, [*range(7)], 7, 2, seed=0)
    assert windows.batches == 4
    rounds = [[windows.batch(4 * turn + place) for place in range(4)] for turn in range(2)]
    for batches in rounds:
        tokens = np.concatenate([batch.tokens.ravel() for batch in batches])
        assert np.bincount(tokens, minlength=7).max() <= 10
        for batch in batches:
            assert (batch.tokens == batch.talk).all()
            assert (batch.ratings == batch.talk).all()
            # The end of one talk doesn't foretell the next.
            assert (batch.follow == batch.tokens)[batch.due].all()
    assert not all((one.tokens == other.tokens).all() for one, other in zip(*rounds, strict=True))
    again = Windows(talks, [*range(7)], 7, 2, seed=0)
    assert (again.batch(6).tokens == rounds[1][2].tokens).all()


def test_rates_rise_stay_and_fall():
    run = msgspec.structs.replace(RUN, steps=100, warmup=10, decay=0.5)
    shares = [rate_share(step, run) for step in range(100)]
    assert shares[:10] == pytest.approx(np.arange(1, 11) / 10)
    assert shares[10:50] == [1.0] * 40
    assert shares[50:] == pytest.approx(np.arange(50, 0, -1) / 50)


@pytest.mark.parametrize("shape", [(12, 5), (5, 12), (8, 8)])
def test_muons_directions_are_equally_long(shape):
    matrix = torch.randn(*shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert values.min() > 0.6
    assert values.max() < 1.3


def test_what_an_interrupted_run_has_left_is_not_overwritten(corpus, tmp_path):
    (tmp_path / "run.partial").write_bytes(b"an hour's work")
    with pytest.raises(InputError, match="--resume"):
        train(RUN, corpus, 0, tmp_path / "run")
    assert (tmp_path / "run.partial").read_bytes() == b"an hour's work"
