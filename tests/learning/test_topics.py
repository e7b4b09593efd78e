"""The embedded topic classifier: it learns, its stored form says the same, and clients are kept apart."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.svm import LinearSVC

from factories import MATTERS, a_dialogue, some_topics
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import Topic, TopicClass
from kokorochat.learning.config import TopicRun, load_run
from kokorochat.learning.topics import (
    LONGEST_PHRASE,
    fit_topics,
    load_topics,
    measure_topics,
    read_texts,
    text_digest,
)
from kokorochat.learning.train import train

RUN = TopicRun(task="topic", model="topics")
OTHERS = Topic(TopicClass.OTHERS, "雑談")


@pytest.fixture(scope="module")
def model():
    return fit_topics(some_topics(24), some_topics(6), RUN, 0).model


@pytest.fixture
def folder(model, tmp_path):
    model.save(tmp_path / "model")
    return tmp_path


def test_it_tells_topics_apart_by_what_the_client_says(model):
    for topic, matter in MATTERS.items():
        told = model.topic(a_dialogue("こんばんは。", f"あの、{matter}"))
        assert told.main is topic
        assert told.sub == matter


def test_a_stored_model_says_the_same(model, folder):
    loaded = load_topics(folder)
    dialogues = some_topics(9)
    assert [loaded.topic(d) for d in dialogues] == [model.topic(d) for d in dialogues]
    assert loaded.learnt == model.learnt
    assert len(loaded.fingerprint) == 64


def test_one_weight_for_each_gram_does_what_the_support_vector_machine_does():
    dialogues = some_topics(24)
    run = msgspec.structs.replace(RUN, strengths=(1.0,))
    model = fit_topics(dialogues, dialogues, run, 0).model
    texts = [read_texts(d) for d in dialogues]
    vectors = sparse.hstack([model.lexicons[role].vectors([text[role] for text in texts]) for role in Role]).tocsr()
    due = [model.classes.index(d.topic.main) for d in dialogues]
    machine = LinearSVC(C=1, class_weight="balanced", random_state=0).fit(vectors, due)
    assert model.values(texts) == pytest.approx(machine.decision_function(vectors), abs=1e-5)


def test_two_classes_alone_are_told_apart_too():
    two = [d for d in some_topics(30) if d.topic.main is not TopicClass.SPOUSE]
    model = fit_topics(two, two, RUN, 0).model
    assert model.classify(two) == [d.topic.main for d in two]


@pytest.mark.parametrize(
    ("kappas", "chosen"), [((0.2, 0.5, 0.5), 0.3), ((0.1, 0.1, 0.4), 1.0), ((None, None, None), 0.1)]
)
def test_the_strength_of_the_best_kappa_is_chosen_and_of_equal_ones_the_weakest(monkeypatch, kappas, chosen):
    told = iter([{"accuracy": 0.5, "kappa": kappa} for kappa in kappas])
    monkeypatch.setattr("kokorochat.learning.topics.measure_topics", lambda *_: next(told))
    fit = fit_topics(some_topics(12), some_topics(3), msgspec.structs.replace(RUN, strengths=(1.0, 0.1, 0.3)), 0)
    assert [(each["strength"], each["kappa"]) for each in fit.tried] == list(zip((0.1, 0.3, 1.0), kappas, strict=True))
    assert fit.strength == chosen


def test_the_description_is_a_piece_of_the_dialogue_of_at_most_thirty_characters(model):
    for dialogue in (*some_topics(6), a_dialogue("はい", "学校" * 40), a_dialogue("うん", "え")):
        sub = model.topic(dialogue).sub
        assert 0 < len(sub) <= LONGEST_PHRASE
        assert any(sub in utterance.text for utterance in dialogue.utterances)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_any_talk_gets_a_topic_unless_nothing_is_said(model, words):
    dialogue = a_dialogue(*words)
    told = model.topic(dialogue)
    if told is None:
        assert not any(u.text.strip() and not u.text.strip().startswith(("(", "（")) for u in dialogue.utterances)
    else:
        assert 0 < len(told.sub.strip()) <= LONGEST_PHRASE


def test_talk_outside_the_role_is_not_read(model):
    assert model.topic(a_dialogue("（学校の件でお願いします）", "（はい、学校で）")) is None
    plain, with_aside = a_dialogue("はい", "夫のことで"), a_dialogue("はい", "夫のことで", "（学校のことにしますか）")
    assert text_digest(plain) == text_digest(with_aside)


def test_a_dialogue_without_topic_can_not_be_learnt_from():
    with pytest.raises(InputError, match="dialogue 77"):
        fit_topics([*some_topics(6), a_dialogue(id="77")], some_topics(3), RUN, 0)


def test_one_topic_alone_can_not_be_learnt():
    with pytest.raises(InputError, match="one topic alone"):
        fit_topics([a_dialogue(topic=OTHERS)] * 5, some_topics(3), RUN, 0)


def test_a_class_that_was_never_seen_is_never_answered_and_counted_as_missed(model):
    measured = measure_topics(model, [*some_topics(6), a_dialogue("天気がよいですね", topic=OTHERS)])
    row = next(row for row in measured["classes"] if row["class"] == "Others")
    assert (row["reference"], row["labels"], row["recall"]) == (1, 0, 0.0)


def rewritten(folder, change):
    file = folder / "model" / "model.json"
    told = msgspec.json.decode(file.read_bytes())
    change(told)
    file.write_bytes(msgspec.json.encode(told))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda told: told["classes"].reverse(), "classes"),
        (lambda told: told["classes"].pop(), "client_weights|counselor_weights"),
        (lambda told: told["classes"].append("Weather"), "classes"),
        (lambda told: told["grams"]["client"].append("!!"), "client_idf"),
        (lambda told: told["grams"].pop("client"), "grams"),
        (lambda told: told.update(format="kokorochat-ordinal"), "format"),
        (lambda told: told.update(more=1), "more"),
        (lambda told: told.pop("learnt"), "learnt"),
    ],
)
def test_a_foreign_description_is_refused_by_file_and_field(folder, change, where):
    rewritten(folder, change)
    with pytest.raises(InputError, match=where):
        load_topics(folder)


def test_a_folder_of_another_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="topic classifier"):
        load_topics(tmp_path)


def test_weights_that_are_no_numbers_are_refused(model, tmp_path):
    model.intercept[:], before = np.nan, model.intercept.copy()
    try:
        model.save(tmp_path)
    finally:
        model.intercept[:] = before
    with pytest.raises(InputError, match="intercept"):
        load_topics(tmp_path)


@pytest.mark.slow
def test_on_the_released_corpus_it_agrees_far_better_than_chance_with_clients_it_never_saw(corpus_path, tmp_path):
    # One strength instead of four: how one is chosen needs no corpus.
    run = msgspec.structs.replace(
        load_run(Path(__file__).parents[2] / "runs" / "topic-classifier.toml"), strengths=(1.0,)
    )
    metrics = train(run, corpus_path, 0, tmp_path / "run")["metrics"]["test"]
    assert 640 <= metrics["n"] <= 676
    assert metrics["kappa"] > 0.68
    assert metrics["accuracy"] > 0.72
    assert metrics["majority"]["accuracy"] < 0.3
    assert "by client" in metrics["signature"]
