"""Labelling: one line for each dialogue, whatever the model does, and nothing that was paid for is lost."""

import asyncio
import json
import shutil

import pytest

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import find_corpus
from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import TopicClass
from kokorochat.evaluation.labels import read_labels
from kokorochat.learning.labelling import MOST_FAULTS, Labelling, agreement_with, read_reference
from kokorochat.learning.topic_models import TRIES, AskedTopics, load_topic_model
from kokorochat.learning.topics import fit_topics
from kokorochat.llm.chat import ChatFault, Reply, Tokens

GOOD = '{"main": "学校問題", "sub": "友人との距離"}'
IDS = [str(number) for number in range(1, 17)]


class Chat:
    """A chat model that says one text after the other, the last one for ever; a fault is raised."""

    name = "scripted:chat"

    def __init__(self, *told):
        self.told, self.asked, self.under_way, self.most = list(told), [], 0, 0
        self.closed = False

    async def reply(self, messages, form=None):
        self.asked.append(messages)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0.001)
        self.under_way -= 1
        told = self.told.pop(0) if len(self.told) > 1 else self.told[0]
        if isinstance(told, BaseException):
            raise told
        return told if isinstance(told, Reply) else Reply(told, "stop", Tokens(100, 10), served="dated")

    async def close(self):
        self.closed = True


def labelled(chat, out, corpus=DEMO_CORPUS, resume=False, limit=None, language="ja", concurrency=1):
    labelling = Labelling(
        AskedTopics(chat, language), find_corpus(corpus), out, limit=limit, resume=resume, command="topics"
    )
    return labelling, labelling.run(concurrency, lambda some, total: some)


def compared(labelling, file=None):
    return agreement_with(labelling, read_reference(labelling, file))


@pytest.fixture
def out(tmp_path):
    return tmp_path / "labels.jsonl"


def ids(out):
    return [label.dialogue for label in read_labels(out).labels]


@pytest.mark.parametrize("concurrency", [1, 5, 50])
def test_every_dialogue_has_one_line_in_the_order_of_the_corpus(out, concurrency):
    chat = Chat(GOOD)
    _, report = labelled(chat, out, concurrency=concurrency)
    assert ids(out) == IDS
    assert (report["labelled"], report["failed"], report["reused"]) == (16, 0, 0)
    assert report["tokens"] == {"prompt": 1600, "completion": 160, "uncounted": 0}
    assert chat.most == min(concurrency, 16)
    assert chat.closed
    assert not out.with_name("labels.jsonl.partial").exists()


def test_a_label_tells_topic_model_attempts_and_tokens(out):
    labelled(Chat("Hm.", GOOD), out, limit=1)
    (label,) = read_labels(out).labels
    assert (label.topic.main, label.topic.sub) == (TopicClass.SCHOOL, "友人との距離")
    assert (label.model, label.served, label.attempts, label.tokens) == ("scripted:chat", "dated", 2, Tokens(200, 20))


def test_what_can_not_be_read_is_asked_for_again_and_then_a_recorded_failure(out):
    chat = Chat('{"main": "天気", "sub": "x"}')
    _, report = labelled(chat, out, limit=2)
    assert len(chat.asked) == 2 * TRIES
    assert chat.asked[0][-1].role == chat.asked[1][-1].role == "user"
    assert chat.asked[1][: len(chat.asked[0])] == chat.asked[0]
    assert (report["labelled"], report["failed"], report["failures"]) == (0, 2, {"wrong class": 2})
    label = read_labels(out).labels[0]
    assert label.topic is None
    assert label.failure == "wrong class: '天気'"
    assert label.attempts == TRIES


def test_a_reply_that_was_cut_off_says_so(out):
    labelled(Chat(Reply('{"main": "学', "length", None)), out, limit=1)
    (label,) = read_labels(out).labels
    assert (label.failure, label.tokens) == ("cut off", None)


def test_a_dialogue_without_a_reply_is_a_recorded_failure_and_the_others_go_on(out):
    chat = Chat(GOOD, ChatFault("timeout", "no whole reply", 5, Tokens(7, 0)), GOOD)
    _, report = labelled(chat, out)
    assert (report["labelled"], report["failed"], report["failures"]) == (15, 1, {"timeout": 1})
    label = read_labels(out).labels[1]
    assert (label.failure, label.attempts, label.tokens) == ("timeout: no whole reply", 5, Tokens(7, 0))


def test_failures_are_asked_again_on_resuming_and_labels_are_not(out):
    labelled(Chat(GOOD, ChatFault("timeout", "stalled"), GOOD), out)
    chat = Chat(GOOD)
    _, report = labelled(chat, out, resume=True)
    assert (report["labelled"], report["reused"], len(chat.asked)) == (1, 15, 1)
    assert all(label.topic for label in read_labels(out).labels)


def test_an_interrupted_run_goes_on_where_it_stopped(out):
    with pytest.raises(KeyboardInterrupt):
        labelled(Chat(*[GOOD] * 6, KeyboardInterrupt()), out)
    assert not out.exists()
    with out.with_name("labels.jsonl.partial").open("ab") as file:
        file.write(b'{"dialogue":"16","mod')
    chat = Chat(GOOD)
    _, report = labelled(chat, out, resume=True)
    assert (report["labelled"], report["reused"], len(chat.asked)) == (10, 6, 10)
    assert ids(out) == IDS


def test_without_resume_what_was_paid_for_is_not_touched(out):
    labelled(Chat(GOOD), out, limit=3)
    before = out.read_bytes()
    with pytest.raises(InputError, match="--resume"):
        labelled(Chat(GOOD), out)
    assert out.read_bytes() == before


def test_labels_beyond_the_limit_are_kept(out):
    labelled(Chat(GOOD), out)
    _, report = labelled(Chat(GOOD), out, limit=3, resume=True)
    assert (report["dialogues"], report["reused"]) == (3, 3)
    assert ids(out) == IDS


def test_a_dialogue_that_has_changed_is_asked_again(out, tmp_path):
    corpus = tmp_path / "corpus"
    shutil.copytree(DEMO_CORPUS, corpus, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    labelled(Chat(GOOD), out, corpus)
    record = json.loads((corpus / "7.json").read_text(encoding="utf-8"))
    record["dialogue"][5]["utterance"] = "実は、別のことで来ました。"
    (corpus / "7.json").write_text(json.dumps(record, ensure_ascii=False, indent=2), encoding="utf-8")
    chat = Chat(GOOD)
    _, report = labelled(chat, out, corpus, resume=True)
    assert (report["labelled"], report["reused"], len(chat.asked)) == (1, 15, 1)


def test_labels_of_another_prompt_or_model_are_not_mixed_in(out):
    labelled(Chat(GOOD), out, limit=2)
    with pytest.raises(InputError, match="another prompt or language"):
        labelled(Chat(GOOD), out, resume=True, language="en")
    other = Chat(GOOD)
    other.name = "scripted:other"
    with pytest.raises(InputError, match="another model"):
        labelled(other, out, resume=True)


def test_a_wrong_key_stops_at_once_and_leaves_nothing_behind(out, tmp_path):
    chat = Chat(ChatFault("request refused", "status 401", final=True))
    with pytest.raises(InputError, match="status 401"):
        labelled(chat, out)
    assert len(chat.asked) == 1
    assert chat.closed
    assert list(tmp_path.iterdir()) == []


def test_an_endpoint_that_breaks_for_good_stops_the_run_and_keeps_the_labels(out):
    chat = Chat(GOOD, GOOD, ChatFault("connection", "refused"))
    with pytest.raises(InputError, match=r"10 dialogues in a row.*--resume"):
        labelled(chat, out)
    assert len(chat.asked) == 2 + MOST_FAULTS
    assert labelled(Chat(GOOD), out, resume=True)[1]["reused"] == 2


def test_two_dialogues_with_one_id_are_refused_before_anything_is_asked(out, tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in ("1.json", "2.json"):
        shutil.copy(DEMO_CORPUS / "1.json", corpus / name)
    chat = Chat(GOOD)
    with pytest.raises(InputError, match="dialogue 1"):
        labelled(chat, out, corpus)
    assert chat.asked == []


def test_the_estimate_counts_only_what_is_still_to_be_asked(out):
    labelled(Chat(GOOD), out, limit=10)
    model = AskedTopics(Chat(GOOD), "ja")
    labelling = Labelling(model, find_corpus(DEMO_CORPUS), out, limit=None, resume=True, command="")
    dialogues, characters, tokens = labelling.estimate()
    assert dialogues == 6
    assert characters > 6 * 1000
    assert characters / 4 < tokens.prompt <= characters


def test_labels_are_compared_with_the_corpus_own_topics(out):
    labelling, _ = labelled(Chat(GOOD), out)
    measured = compared(labelling)
    assert (measured["n"], measured["accuracy"], measured["kappa"]) == (16, 2 / 16, 0)
    assert measured["interval"]["by"] == "client"
    assert (measured["learnt"], measured["unlabelled"]) == (0, 0)


def test_labels_are_compared_with_another_file_of_labels(out, tmp_path):
    labelling, _ = labelled(Chat(GOOD), out, limit=5)
    other = tmp_path / "other.jsonl"
    labelled(Chat('{"main": "その他", "sub": "x"}', GOOD), other)
    assert compared(labelling, other)["n"] == 5
    assert compared(labelling, other)["accuracy"] == 4 / 5


def test_failures_are_missing_from_the_agreement_and_counted(out):
    labelling, _ = labelled(Chat(GOOD, ChatFault("timeout", "stalled"), GOOD), out)
    measured = compared(labelling)
    assert (measured["n"], measured["unlabelled"]) == (15, 1)


def test_what_the_classifier_was_trained_on_is_left_out_of_its_agreement(out, tmp_path):
    from kokorochat.learning.config import TopicRun

    dialogues = list(find_corpus(DEMO_CORPUS).dialogues())
    fit = fit_topics(dialogues[:12], dialogues[12:], TopicRun(task="topic", model="topics"), 0)
    fit.model.save(tmp_path / "model")
    model = load_topic_model(f"topics:{tmp_path}")
    labelling = Labelling(model, find_corpus(DEMO_CORPUS), out, limit=None, resume=False, command="")
    report = labelling.run(4, lambda some, total: some)
    assert (report["labelled"], report["tokens"]["prompt"]) == (16, 0)
    measured = compared(labelling)
    assert (measured["n"], measured["learnt"]) == (4, 12)
    assert read_labels(out).header.fingerprint == model.fingerprint


@pytest.mark.parametrize("spec", ["topics", "topics:", "gpt-4o", "ordinal:x", ""])
def test_an_unknown_model_is_told_which_exist(spec):
    with pytest.raises(InputError, match="topics:DIR"):
        load_topic_model(spec)
