"""A run of the ordinal model: what it tells, who it uses, and the card beside the model."""

import json
from dataclasses import replace

import msgspec
import pytest

from factories import a_dialogue
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.digests import Contents
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.errors import InputError
from kokorochat.learning.config import ScoreRun
from kokorochat.learning.models import load_estimator
from kokorochat.learning.ordinal.card import CARD
from kokorochat.learning.ordinal.training import learn_scores
from kokorochat.learning.train import train

RUN = ScoreRun(task="score", model="ordinal", longest_gram=2)
KNOWING = msgspec.structs.replace(RUN, knows_rater=True)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same run twice, and one that knows the raters: their folders."""
    place = tmp_path_factory.mktemp("runs")
    for name, run in (("one", RUN), ("other", RUN), ("knowing", KNOWING)):
        train(run, DEMO_CORPUS, 0, place / name, command="kokorochat train mine.toml")
    return place


def told(folder):
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def test_the_same_run_gives_the_same_bytes(runs):
    for name in ("metrics.json", "model/model.json", "model/weights.npz", f"model/{CARD}"):
        assert (runs / "one" / name).read_bytes() == (runs / "other" / name).read_bytes()


def test_the_card_holds_the_figures_the_split_and_the_command(runs):
    card = (runs / "one" / "model" / CARD).read_text(encoding="utf-8")
    figures = json.loads((runs / "one" / "metrics.json").read_text(encoding="utf-8"))
    for name in ("validation", "test"):
        assert f"| {name} | {figures[name]['acc']['mean']:.2f} ±" in card
        assert f"{figures[name]['mae']['mean']:.4f} ±" in card
    assert "`8:1:1 random`, seed 0, test seed 0: 14 dialogues to learn from" in card
    assert "`kokorochat train mine.toml`" in card
    assert "told who rates" not in card


def test_a_model_that_knows_the_rater_is_labelled_wherever_its_figures_stand(runs):
    metrics = json.loads((runs / "knowing" / "metrics.json").read_text(encoding="utf-8"))
    assert all("|knows=rater" in metrics[name]["signature"] for name in ("validation", "test"))
    assert "told who rates" in (runs / "knowing" / "model" / CARD).read_text(encoding="utf-8")
    other = (runs / "one" / "metrics.json").read_text(encoding="utf-8")
    assert "knows=" not in other


def test_a_model_that_knows_raters_estimates_no_session_of_other_people(runs):
    assert load_estimator(f"ordinal:{runs / 'one'}")
    with pytest.raises(InputError, match=r"is told the rater, .*Name one that was trained without knows_rater"):
        load_estimator(f"ordinal:{runs / 'knowing'}")


def test_a_run_tells_the_penalties_tried_and_takes_the_best(runs):
    report = told(runs / "one")
    best = min(report["alphas_tried"], key=lambda one: one["rmse"])
    assert (report["alpha"], len(report["alphas_tried"])) == (best["alpha"], len(RUN.alphas))
    assert report["predict_cpu_milliseconds"]["median"] > 0


def test_no_id_is_in_the_model_unless_it_knows_the_rater(runs):
    description = {name: json.loads((runs / name / "model" / "model.json").read_bytes()) for name in ("one", "knowing")}
    assert description["one"]["raters"] == []
    assert len(description["knowing"]["raters"]) > 1


def test_a_model_cannot_know_raters_whom_nobody_names(tmp_path):
    entries = [Entry(a_dialogue(id=str(number), client=None), f"{number}.json") for number in range(12)]
    with pytest.raises(InputError, match="names no client"):
        learn_scores(KNOWING, find_corpus(DEMO_CORPUS).source, Contents(entries), 0, "none", tmp_path, "")


def test_a_platform_of_three_counselors_has_a_model_of_the_one_who_is_left_to_learn_from(tmp_path):
    dialogues = [replace(a_dialogue(id=str(n)), counselor="7001" if n < 10 else f"new {n}") for n in range(12)]
    entries = Contents([Entry(dialogue, f"{dialogue.id}.json") for dialogue in dialogues])
    metrics, split, _ = learn_scores(RUN, find_corpus(DEMO_CORPUS).source, entries, 0, "counselor", tmp_path, "")
    assert set(split.parts["train"]) == {str(n) for n in range(10)}
    assert metrics["test"]["acc"]["mean"] == 100


def test_progress_runs_from_the_first_block_to_the_thresholds(tmp_path):
    steps = []
    train(RUN, DEMO_CORPUS, 0, tmp_path / "run", tell=lambda done, what: steps.append((done, what)))
    shares = [done for done, _ in steps]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] < 1
    assert steps[-1][1] == "thresholds"


def test_the_card_claims_nothing_of_raters_whom_the_corpus_does_not_name(tmp_path):
    entries = [Entry(replace(entry.dialogue, client=None), entry.file) for entry in find_corpus(DEMO_CORPUS).entries()]
    learn_scores(RUN, find_corpus(DEMO_CORPUS).source, Contents(entries), 0, "none", tmp_path, "")
    card = (tmp_path / "model" / CARD).read_text(encoding="utf-8")
    assert "never met. " not in card.replace("\n", " ").partition("## Limits")[0]
    assert "Of 15 dialogues of the two parts no rater is named" in card


def test_a_single_test_dialogue_has_no_interval(runs):
    card = (runs / "one" / "model" / CARD).read_text(encoding="utf-8")
    assert "95 % intervals by drawing dialogues again: none" in card
