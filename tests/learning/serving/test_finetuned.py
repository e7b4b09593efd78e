"""A fine-tuned model behind the endpoint: the tokens of a fresh reading, of which a running talk reads only the new."""

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import islice

import httpx
import msgspec
import pytest

from factories import a_dialogue, short_demo
from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.evaluation.answers import read_answers
from kokorochat.evaluation.responses import read_responses
from kokorochat.learning.models import load_response_model, load_score_model
from kokorochat.tasks.response import response_samples
from parts import need_qlora

need_qlora()

import torch  # noqa: E402

from kokorochat.learning.finetuned.memory import Memory, drawn_token, likeliest_token  # noqa: E402
from kokorochat.learning.finetuned.speaking import FineTunedSpeaker  # noqa: E402
from kokorochat.learning.finetuned.storing import load_weights_of, read_finetuned  # noqa: E402
from kokorochat.learning.finetuned.writing import write  # noqa: E402
from kokorochat.learning.serving.asking import Asked  # noqa: E402
from kokorochat.learning.serving.refusal import Refusal  # noqa: E402
from kokorochat.learning.serving.server import Place, running  # noqa: E402
from kokorochat.learning.serving.speaking import Ended  # noqa: E402
from kokorochat.llm.chat import Message  # noqa: E402
from tiny_models import RESPONSES, SCORES, tiny_model  # noqa: E402

LONGEST = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def loaded(folder):
    return load_weights_of(read_finetuned(folder))


@pytest.fixture(scope="module")
def talks():
    """The first samples of each of three dialogues, in order: talks that grow."""
    return [list(islice(response_samples(d), 5)) for d in islice(read_corpus(DEMO_CORPUS), 3)]


def prompts(loaded, talk):
    return [loaded.renderer.prompt(sample.messages) for sample in talk]


def written(memory, prompt, end, choose=likeliest_token):
    writing, said = memory.begin(prompt, LONGEST), []
    while len(said) < LONGEST and end not in said[-1:]:
        said.append(writing.next(choose))
    writing.close()
    return said, writing.cached


@pytest.fixture
def reads(loaded, monkeypatch):
    """How many tokens went through the model in each call."""
    found, forward = [], type(loaded.model).forward

    def counting(self, *given, **named):
        found.append(named["input_ids"].shape[1])
        return forward(self, *given, **named)

    monkeypatch.setattr(type(loaded.model), "forward", counting)
    return found


def test_a_running_talk_says_the_tokens_of_a_fresh_reading_and_reads_only_what_is_new(loaded, talks, reads):
    memory, before = Memory(loaded, 10_000), 0
    for prompt in prompts(loaded, talks[0]):
        due = write(loaded, prompt, LONGEST)
        reads.clear()
        said, cached = written(memory, prompt, loaded.renderer.end)
        assert said == due
        assert cached >= before - 1
        assert sum(reads) == len(prompt) - cached + len(said) - 1
        before = len(prompt)
    assert cached > 0


def test_what_it_has_said_itself_is_not_read_again(loaded, talks):
    memory, messages, before = Memory(loaded, 10_000), list(talks[0][0].messages), 0
    for _ in range(3):
        prompt = loaded.renderer.prompt(messages)
        said, cached = written(memory, prompt, loaded.renderer.end)
        assert said == write(loaded, prompt, LONGEST)
        # What it says is written in other tokens than it chose, if it is no usual word.
        assert cached >= before - 1
        before = len(prompt)
        messages += [Message("assistant", loaded.renderer.text(said)), Message("user", "それで、どうすれば。")]


def test_talks_side_by_side_do_not_take_each_others_place(loaded, talks):
    memory, asked = Memory(loaded, 10_000), [prompts(loaded, talk) for talk in talks]
    for turn in range(4):
        for talk in asked:
            said, cached = written(memory, talk[turn], loaded.renderer.end)
            assert said == write(loaded, talk[turn], LONGEST)
            assert (cached > 0) is (turn > 0)


def test_a_talk_that_is_asked_again_or_goes_back_is_answered_as_if_it_were_new(loaded, talks):
    memory, asked = Memory(loaded, 10_000), prompts(loaded, talks[0])
    for place in (3, 3, 1, 3, 0):
        assert written(memory, asked[place], loaded.renderer.end)[0] == write(loaded, asked[place], LONGEST)
    changed = [*asked[3][:-9], *reversed(asked[3][-9:])]
    assert written(memory, changed, loaded.renderer.end)[0] == write(loaded, changed, LONGEST)


def test_no_more_is_kept_than_is_allowed_and_the_oldest_goes_first(loaded, talks):
    asked = [prompts(loaded, talk) for talk in talks]
    most = len(asked[0][1]) + len(asked[1][1]) + 2 * LONGEST
    memory = Memory(loaded, most)
    for talk in asked:
        written(memory, talk[0], loaded.renderer.end)
        assert memory.tokens <= most
    for talk in asked[1:]:
        written(memory, talk[1], loaded.renderer.end)
        assert memory.tokens <= most
    assert written(memory, asked[0][1], loaded.renderer.end)[1] == 0
    nothing = Memory(loaded, 0)
    assert written(nothing, asked[0][0], loaded.renderer.end)[0] == write(loaded, asked[0][0], LONGEST)
    assert nothing.tokens == 0


def test_an_answer_that_nobody_waits_for_leaves_the_talk_as_it_was(loaded, talks):
    memory, (first, second, *_) = Memory(loaded, 10_000), prompts(loaded, talks[0])
    writing = memory.begin(first, LONGEST)
    writing.next(likeliest_token)
    writing.close()
    assert written(memory, second, loaded.renderer.end) == (write(loaded, second, LONGEST), len(first))


def test_a_reading_that_breaks_off_is_not_kept(loaded, talks, monkeypatch):
    memory, (first, *_) = Memory(loaded, 10_000), prompts(loaded, talks[0])

    def full(self, *given, **named):
        raise torch.OutOfMemoryError

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(type(loaded.model), "forward", full)
        writing = memory.begin(first, LONGEST)
        with pytest.raises(torch.OutOfMemoryError):
            writing.next(likeliest_token)
        writing.close()
    assert memory.tokens == 0


def said_by(speaker, messages, **more):
    *pieces, ended = speaker.say(Asked("it", tuple(messages), **more))
    assert isinstance(ended, Ended)
    return "".join(pieces), ended


def test_pieces_are_the_text_that_plain_answering_gives(folder, loaded, talks):
    speaker, model = FineTunedSpeaker(loaded), load_response_model(f"finetuned:{folder}")
    for sample in talks[1]:
        assert [said_by(speaker, sample.messages)[0]] == model.respond([sample])


@pytest.mark.parametrize("too_long", ["refuse", "drop-oldest"])
def test_a_chat_of_more_than_it_reads_is_refused_though_plain_answering_may_cut_it(too_long, loaded, talks, tmp_path):
    sample = talks[0][-1]
    longest = len(loaded.renderer.prompt(sample.messages)) - 1
    folder = tiny_model(tmp_path, msgspec.structs.replace(RESPONSES, longest=longest, too_long=too_long))
    speaker = FineTunedSpeaker(load_weights_of(read_finetuned(folder)))
    [said] = load_response_model(f"finetuned:{folder}").said([sample])
    assert (said.failure or "").startswith("too long") is (too_long == "refuse")
    with pytest.raises(Refusal) as refusal:
        said_by(speaker, sample.messages)
    assert (refusal.value.status, refusal.value.code) == (400, "context_length_exceeded")


def test_a_limit_cuts_and_is_told(loaded, talks):
    _, ended = said_by(FineTunedSpeaker(loaded), talks[0][1].messages, longest=2)
    assert (ended.finish, ended.completion) == ("length", 2)
    assert said_by(FineTunedSpeaker(loaded), talks[0][1].messages, longest=999)[1].completion <= LONGEST


def test_a_chat_without_an_instruction_gets_the_models_own_and_neighbours_are_one_turn(loaded, talks):
    sample, speaker = talks[0][0], FineTunedSpeaker(loaded)
    _, *talk = sample.messages
    split = [Message(m.role, part) for m in talk for part in m.content.split("\n")]
    assert said_by(speaker, split)[0] == said_by(speaker, sample.messages)[0]


def test_a_die_falls_as_its_seed_says(loaded, talks):
    speaker, messages = FineTunedSpeaker(loaded), talks[0][1].messages
    one, again = (said_by(speaker, messages, temperature=2.0, seed=3)[0] for _ in range(2))
    assert one == again
    assert len({said_by(speaker, messages, temperature=2.0, seed=seed)[0] for seed in range(4)}) > 1
    assert said_by(speaker, messages, temperature=0.5, top_p=1e-6, seed=1) == said_by(speaker, messages)


def test_a_die_is_cast_among_the_likeliest_alone():
    scores = torch.tensor([0.5, 0.3, 0.2]).log()
    choose = drawn_token(1.0, 0.7, 0)
    assert {choose(scores) for _ in range(50)} == {0, 1}


def test_a_chat_that_is_longer_than_what_was_learnt_is_refused(loaded):
    with pytest.raises(Refusal) as refusal:
        list(FineTunedSpeaker(loaded).say(Asked("it", (Message("user", "眠れません。" * 2000),))))
    assert (refusal.value.status, refusal.value.code) == (400, "context_length_exceeded")


def test_a_full_memory_is_emptied_and_told(loaded, talks, monkeypatch):
    speaker = FineTunedSpeaker(loaded)
    said_by(speaker, talks[0][0].messages)
    assert speaker.kept() > 0

    def full(self, *given, **named):
        raise torch.OutOfMemoryError

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(type(loaded.model), "forward", full)
        with pytest.raises(Refusal) as refusal:
            said_by(speaker, talks[0][1].messages)
    assert refusal.value.status == 503
    assert speaker.kept() == 0
    said_by(speaker, talks[0][1].messages)


# --- asked by our own commands ---


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return short_demo(tmp_path_factory.mktemp("corpus"), best={"5": 100, "14": 100})


@contextmanager
def asked_at(monkeypatch, speaker):
    with running(speaker, Place("127.0.0.1", 0, "tiny", 8)) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        yield url


def test_answers_to_samples_are_the_same_as_in_the_same_process(folder, corpus, tmp_path, monkeypatch):
    samples, here, there = (tmp_path / f"{name}.jsonl" for name in ("samples", "here", "there"))
    assert main(["samples", "response", str(corpus), "--part", "test", "--out", str(samples)]) == 0
    asked = ["answer", "--samples", str(samples)]
    assert main([*asked, "--model", f"finetuned:{folder}", "--out", str(here)]) == 0
    speaker = FineTunedSpeaker(load_weights_of(read_finetuned(folder)))
    with asked_at(monkeypatch, speaker):
        # Cut off at the limit, as random weights end nowhere; the text until there is kept, and told as such.
        assert main([*asked, "--model", "openai:tiny", "--out", str(there)]) in (0, 1)
    texts = [[(one.sample, one.text) for one in read_responses(file).answers] for file in (here, there)]
    assert texts[0] == texts[1]
    assert len({text for _, text in texts[0]}) > 2
    assert speaker.kept() > 0


def test_scores_are_those_of_the_model_freely_and_its_digits_where_the_form_is_held(corpus, tmp_path, monkeypatch):
    folder = tiny_model(tmp_path / "scores", SCORES)
    samples, here, free, held = (tmp_path / f"{name}.jsonl" for name in ("samples", "here", "free", "held"))
    assert main(["samples", "score", str(corpus), "--part", "test", "--out", str(samples)]) == 0
    asked = ["answer", "--samples", str(samples)]
    assert main([*asked, "--model", f"finetuned:{folder}", "--out", str(here)]) == 0
    with asked_at(monkeypatch, FineTunedSpeaker(load_weights_of(read_finetuned(folder)))):
        assert main([*asked, "--model", "openai:tiny", "--form", "free", "--out", str(free)]) in (0, 1)
        assert main([*asked, "--model", "openai:tiny", "--out", str(held)]) == 0
    items = [[(one.sample, one.items) for one in read_answers(file).answers] for file in (here, free)]
    assert items[0] == items[1]
    model, dialogues = load_score_model(f"finetuned:{folder}"), {d.id: d for d in read_corpus(corpus)}
    for one in read_answers(held).answers:
        assert one.items == model.predict_dialogue(dialogues[one.sample])


def test_another_form_or_one_of_a_talk_is_refused(loaded, tmp_path):
    scores = FineTunedSpeaker(load_weights_of(read_finetuned(tiny_model(tmp_path, SCORES))))
    for speaker, form in ((loaded and FineTunedSpeaker(loaded), {}), (scores, {"properties": {"mood": {}}})):
        with pytest.raises(Refusal) as refusal:
            list(speaker.say(Asked("it", (Message("user", "はい。"),), form=form)))
        assert refusal.value.param == "response_format"
    text, _ = said_by(scores, [Message("user", "はい。")], form={})
    assert len(json.loads(text)) == 20


@pytest.mark.slow
def test_the_command_serves_and_finishes_what_it_says_before_it_stops(tmp_path):
    run = msgspec.structs.replace(RESPONSES, longest_answer=300)
    folder, port = tiny_model(tmp_path / "long", run), free_port()
    command = [sys.executable, "-m", "kokorochat", "serve-model", f"finetuned:{folder}", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, process)
        chat = {"model": "long", "messages": [{"role": "user", "content": "眠れません。"}], "stream": True}
        with httpx.stream("POST", f"{url}/v1/chat/completions", json=chat, timeout=60) as answer:
            lines = answer.iter_lines()
            next(lines)
            process.send_signal(signal.SIGTERM)
            rest = [line for line in lines if line]
        assert rest[-1] == "data: [DONE]"
        assert len(rest) > 3
        assert process.wait(30) in (0, -signal.SIGTERM)
        assert "/v1 as 'long'" in process.stdout.read().decode()
    finally:
        process.kill()
        process.wait()


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url, process):
    give_up = time.monotonic() + 240
    while time.monotonic() < give_up:
        assert process.poll() is None
        try:
            return httpx.get(f"{url}/health", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("it does not answer")


def test_a_model_that_retrieves_is_served_too(tmp_path):
    from kokorochat.learning.config import RetrievalRun
    from kokorochat.learning.retrieval.responder import save_retrieval
    from kokorochat.learning.serving.speaking import load_speaker

    run = RetrievalRun(task="response", model="retrieval", tokenizer="characters", fewest=1, neighbours=9)
    talk = a_dialogue("ようこそ。", "眠れません。", "いつごろからですか。", "先月からです。", "おつらいですね。")
    save_retrieval([(talk, 80)], run, tmp_path / "model")
    spec, [sample, *_] = f"retrieval:{tmp_path}", response_samples(talk)
    text, ended = said_by(load_speaker(spec), [m for m in sample.messages if m.role != "system"])
    assert ended.finish == "stop"
    assert text
    with pytest.raises(Refusal):
        said_by(load_speaker(spec), sample.messages, temperature=1.0)
