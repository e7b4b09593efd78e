"""The retrieval responder: it answers like similar sessions and like this one, and leaves test and own dialogue out."""

import json

import msgspec
import numpy as np
import pytest

from factories import a_dialogue, well_rated_demo
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import Topic, TopicClass
from kokorochat.learning.models import load_response_model
from kokorochat.learning.response_config import RetrievalRun
from kokorochat.learning.retrieval.responder import load_retrieval, save_retrieval
from kokorochat.learning.train import train
from kokorochat.tasks.response import response_samples
from kokorochat.tasks.sample import Sample

RUN = RetrievalRun(task="response", model="retrieval", tokenizer="characters", fewest=1, neighbours=3, session_turns=0)
MATTERS = {
    "夜に眠れません": "眠れない夜はおつらいですね",
    "上司が怖いです": "職場で怖い思いをされているのですね",
    "友達とけんかしました": "大切なお友達なのですね",
}


def sessions():
    for number, (matter, reply) in enumerate(MATTERS.items()):
        for turn in range(3):
            words = ("こんにちは。", f"{matter}{'。' * turn}", reply, "はい", "どうなるとよいですか")
            yield a_dialogue(*words, id=f"{number}{turn}"), 80


@pytest.fixture
def folder(tmp_path):
    save_retrieval(sessions(), RUN, tmp_path / "model")
    return tmp_path


def asked(*words, id="900"):
    *_, last = response_samples(a_dialogue(*words, "？", id=id))
    return last


@pytest.mark.parametrize("matter", MATTERS)
def test_it_says_what_was_said_to_a_client_in_the_same_plight(folder, matter):
    assert load_retrieval(folder).respond([asked("こんにちは。", f"あの、{matter}")]) == [MATTERS[matter]]


def test_of_an_indexed_dialogue_nothing_is_taken_for_itself(tmp_path):
    some = [
        (a_dialogue("はい。", "猫が", "猫なのですね", id="1"), 80),
        (a_dialogue("はい。", "犬が", "犬ですね", id="2"), 80),
    ]
    save_retrieval(some, RUN, tmp_path / "model")
    model = load_retrieval(tmp_path)
    assert model.respond([asked("はい。", "猫が", id="3"), asked("はい。", "猫が", id="1")]) == [
        "猫なのですね",
        "犬ですね",
    ]


def test_the_sessions_own_turns_are_among_what_may_be_said(tmp_path):
    run = msgspec.structs.replace(RUN, session_turns=2, session_weight=9.0)
    save_retrieval(sessions(), run, tmp_path / "model")
    assert load_retrieval(tmp_path).respond([asked("ええ、そうでしたか🙂", "夜に眠れません")]) == [
        "ええ、そうでしたか🙂"
    ]


def test_better_rated_sessions_come_first_if_all_else_is_equal(tmp_path):
    same = ("はい。", "猫が", "それで？"), ("はい。", "猫が", "猫と暮らしておられるのですね")
    run = msgspec.structs.replace(RUN, neighbours=1, rating=0.01)
    rated = [
        (a_dialogue(*words, id=str(n)), score) for n, (words, score) in enumerate(zip(same, (20, 90), strict=True))
    ]
    save_retrieval(rated, run, tmp_path / "model")
    assert load_retrieval(tmp_path).respond([asked("はい。", "猫が")]) == [same[1][2]]


def test_a_penalty_on_frequent_replies_lets_a_rare_one_win(tmp_path):
    for penalty, due in ((0.0, "はい"), (5.0, "そうですか")):
        run = msgspec.structs.replace(RUN, neighbours=5, frequency_penalty=penalty)
        rated = [(a_dialogue("ん", "あ", "はい" if n else "そうですか", id=str(n)), 80) for n in range(4)]
        place = tmp_path / str(penalty)
        place.mkdir()
        save_retrieval(rated, run, place / "model")
        assert load_retrieval(place).respond([asked("ん", "あ")]) == [due]


def test_an_index_of_client_turns_says_what_clients_said_there(tmp_path):
    run = msgspec.structs.replace(RUN, role="client")
    told = {"眠れますか": "夜中に目が覚めます", "お仕事はどうですか": "上司が怖いです"}
    rated = [
        (a_dialogue("こんにちは。", "はい。", question, answer, id=str(number)), 80)
        for number, (question, answer) in enumerate(told.items())
    ]
    save_retrieval(rated, run, tmp_path / "model")
    model = load_retrieval(tmp_path)
    for question, answer in told.items():
        *_, last = response_samples(a_dialogue("こんにちは。", "はい。", question, answer, id="9"), role=Role.CLIENT)
        assert model.respond([last]) == [answer]


def test_of_a_client_that_has_said_nothing_the_agreed_topic_tells_the_matter(tmp_path):
    topics = {
        TopicClass.WORKPLACE: ("上司との関係", "上司に怒られました"),
        TopicClass.SCHOOL: ("進級の不安", "単位が足りません"),
    }
    rated = [
        (a_dialogue("どうされましたか。", said, "はい。", "ええ。", id=sub, topic=Topic(main, sub)), 80)
        for main, (sub, said) in topics.items()
    ]
    for weight, description in ((0.0, True), (1.0, False)):
        run = msgspec.structs.replace(RUN, role="client", neighbours=1, topic=weight)
        (tmp_path / str(weight)).mkdir()
        save_retrieval(rated, run, tmp_path / str(weight) / "model")
        model = load_retrieval(tmp_path / str(weight))
        for main, (sub, said) in topics.items():
            agreed = Topic(main, sub if description else "")
            assert model.converse(a_dialogue("どうされましたか。", topic=agreed)) == said


def test_in_a_running_talk_it_repeats_nothing_and_stays_in_its_role(tmp_path):
    lines = "counselor: そうですか", "counselor: つらいですね", "counselor: （五分休みます）", "counselor: どうぞ"
    rated = [(a_dialogue("こんにちは。", "client: 眠れません", *lines, id=str(number)), 80) for number in range(3)]
    save_retrieval(rated, msgspec.structs.replace(RUN, session_turns=4, session_weight=9.0), tmp_path / "model")
    model = load_retrieval(tmp_path)
    asked = ("こんにちは。", "client: 眠れません")
    assert model.converse(a_dialogue(*asked)) == "そうですか\nつらいですね\nどうぞ"
    more = (*asked, "counselor: つらいですね", "client: （席を外します）", "client: はい、眠れません")
    assert model.converse(a_dialogue(*more)) == "そうですか\nどうぞ"
    assert model.converse(a_dialogue(*more, "counselor: そうですか", "counselor: どうぞ", "client: 眠れません")) == ""


@pytest.mark.parametrize("words", [(), ("あ",), ("（", "(笑)"), ("\0", "\u2060"), ("a" * 5000, "\ud83d")])
def test_any_history_gets_a_reply_of_the_index(folder, words):
    model = load_retrieval(folder)
    turns = [(number % 2 == 1, text) for number, text in enumerate(words)]  # of each, whether the partner says it
    assert model.reply(turns) in {*MATTERS.values(), "どうなるとよいですか"}


def test_the_same_dialogues_make_the_same_bytes(folder, tmp_path):
    save_retrieval(sessions(), RUN, tmp_path / "again")
    first, second = ({f.name: f.read_bytes() for f in (tmp_path / n).iterdir()} for n in ("model", "again"))
    assert first == second


def test_the_arrays_are_mapped_from_the_disk(folder):
    index = load_retrieval(folder)._index
    array = index.fields["partner"].weights
    while isinstance(array.base, np.ndarray):
        array = array.base
    assert isinstance(array, np.memmap)


def test_a_dialogue_without_a_counselor_turn_to_answer_with_is_refused(tmp_path):
    with pytest.raises(InputError, match="no counselor turn"):
        save_retrieval([(a_dialogue("こんにちは"), 80)], RUN, tmp_path / "model")


@pytest.mark.parametrize("name", ["model.json", "text.npy", "partner_rows.npy"])
def test_a_damaged_or_missing_file_is_named(folder, name):
    file = folder / "model" / name
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        load_retrieval(folder)
    file.unlink()
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        load_retrieval(folder)


def test_an_index_of_another_kind_is_refused(folder):
    file = folder / "model" / "model.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    for key, value in (("format", "kokorochat-ordinal"), ("format_version", 99), ("digests", {}), ("more", 1)):
        file.write_text(json.dumps({**told, key: value}), encoding="utf-8")
        with pytest.raises(InputError, match=r"model\.json"):
            load_retrieval(folder)


@pytest.mark.parametrize("spec", ["retrieval:", "retrieval:nowhere", "ordinal:nowhere", "retriever:out"])
def test_what_is_no_responder_is_refused(spec):
    with pytest.raises(InputError):
        load_response_model(spec)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return well_rated_demo(tmp_path_factory.mktemp("corpus") / "demo", {"5": 100, "14": 100})


def test_a_run_writes_index_card_and_what_it_took_and_no_word_of_the_test_part(corpus, tmp_path):
    report = train(RUN, corpus, 0, tmp_path / "run", command="kokorochat train")
    assert list(report["metrics"]) == ["validation"]
    assert "part=full-validation, 1 best rated" in report["metrics"]["validation"]["signature"]
    told = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert told["places"] > 100
    assert told["answer_cpu_milliseconds"]["median"] <= told["answer_cpu_milliseconds"]["p99"]
    card = (tmp_path / "run" / "README.md").read_text(encoding="utf-8")
    assert "words of the corpus" in card
    assert "nor near-duplicates" in card
    dialogues = json.loads((tmp_path / "run" / "model" / "model.json").read_text(encoding="utf-8"))["dialogues"]
    assert not {"5", "14"} & set(dialogues)
    assert len(dialogues) == 13
    assert train(RUN, corpus, 0, tmp_path / "run", resume=True)["finished_before"]


def test_every_sample_of_the_test_part_is_answered_from_the_index(corpus, tmp_path):
    train(RUN, corpus, 0, tmp_path / "run")
    model = load_response_model(f"retrieval:{tmp_path / 'run'}")
    samples: list[Sample] = [s for d in read_corpus(corpus) if d.id == "5" for s in response_samples(d)]
    replies = model.respond(samples)
    assert len(replies) == len(samples)
    assert all(replies)
    assert replies == model.respond(samples)
