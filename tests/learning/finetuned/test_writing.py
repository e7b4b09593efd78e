"""Answers written side by side are those of plain greedy generation, token for token."""

from dataclasses import replace
from itertools import islice

import msgspec
import pytest

from factories import a_dialogue
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.learning.finetuned.settings import ResponseFineTuning, TinyBase
from kokorochat.tasks.response import response_samples
from parts import need_qlora

need_qlora()

import torch  # noqa: E402

from kokorochat.learning.finetuned.answers import FineTunedResponder  # noqa: E402
from kokorochat.learning.finetuned.base import adapters, load_tokenizer, load_weights, with_adapters  # noqa: E402
from kokorochat.learning.finetuned.rendering import Renderer  # noqa: E402
from kokorochat.learning.finetuned.storing import Loaded  # noqa: E402
from kokorochat.learning.finetuned.tiny import make_tiny  # noqa: E402
from kokorochat.learning.finetuned.writing import write, write_all  # noqa: E402

CPU = torch.device("cpu")
LONGEST = 8
RUN = ResponseFineTuning(
    task="response",
    model="finetuned",
    base=TinyBase(width=64, layers=2, heads=4, vocabulary=800),
    quantization="none",
    compute="float32",
    rate=1e-3,
    batch=4,
    epochs=1,
    validate_every=0,
    longest_answer=LONGEST,
)


@pytest.fixture(scope="module")
def dialogues():
    """The first six samples of each of three dialogues, in order."""
    found = islice(read_corpus(DEMO_CORPUS), 3)
    return [list(islice(response_samples(dialogue), 6)) for dialogue in found]


@pytest.fixture(scope="module")
def base(tmp_path_factory, dialogues):
    folder = tmp_path_factory.mktemp("base")
    make_tiny(folder, RUN.base, [m.content for samples in dialogues for m in samples[-1].messages], 0)
    return folder


@pytest.fixture(scope="module")
def model(base):
    """One whose adapters say something, and whose next token depends on all that stands before."""
    model = with_adapters(load_weights(base, "tiny", RUN, CPU), RUN, 0)
    torch.manual_seed(1)
    for name, weight in adapters(model).items():
        weight.data = torch.randn_like(weight) * (0.5 if "lora_B" in name else 0.3)
    return model.requires_grad_(False).eval()


@pytest.fixture
def loaded(base, model):
    tokenizer = load_tokenizer(base, "tiny")
    return Loaded(model, Renderer(tokenizer, tokenizer.chat_template, "tiny"), RUN, CPU, "")


@pytest.fixture
def asked(loaded, dialogues):
    """The prompts of each dialogue."""
    return [[loaded.renderer.prompt(sample.messages) for sample in samples] for samples in dialogues]


def plainly(loaded, prompts):
    return [write(loaded, prompt, LONGEST) for prompt in prompts]


def test_all_answers_of_a_dialogue_are_those_of_plain_generation(loaded, asked):
    said = write_all(loaded, asked[0], LONGEST)
    assert said == plainly(loaded, asked[0])
    # Each reads its own history, and nothing of the others, or the test would hold for any mask.
    assert len({tuple(tokens) for tokens in said}) > len(said) // 2


def test_those_of_several_dialogues_side_by_side_are_too(loaded, asked):
    prompts = [prompt for each in asked for prompt in each]
    assert write_all(loaded, prompts, LONGEST) == plainly(loaded, prompts)


def test_in_any_order_and_asked_again(loaded, asked):
    a, b, _ = asked
    prompts = [a[4], b[1], a[0], a[4], b[0], a[2], b[1]]
    assert write_all(loaded, prompts, LONGEST) == plainly(loaded, prompts)


def test_a_history_that_is_not_that_of_the_sample_before_is_read_for_itself(loaded, asked):
    a = asked[0]
    changed = [*a[2][:-9], *reversed(a[2][-9:])]
    prompts = [a[1], changed, a[3]]
    assert write_all(loaded, prompts, LONGEST) == plainly(loaded, prompts)


def test_one_alone_and_none(loaded, asked):
    assert write_all(loaded, asked[1][:1], LONGEST) == plainly(loaded, asked[1][:1])
    assert write_all(loaded, [], LONGEST) == []


def test_each_answer_ends_for_itself_an_empty_one_at_once_and_none_goes_over_the_limit(loaded, asked):
    prompts = asked[0] + asked[1]
    endless = plainly(loaded, prompts)
    firsts = {tokens[0] for tokens in endless}
    # A token that begins some of the answers and stands further on in others.
    ending = next(t for t in firsts if any(t in tokens[1:] and t != tokens[0] for tokens in endless))
    loaded.renderer.end = ending
    said = write_all(loaded, prompts, LONGEST)
    assert said == plainly(loaded, prompts)
    lengths = {len(tokens) for tokens in said}
    assert [ending] in said
    assert max(lengths) == LONGEST
    assert len(lengths) > 2
    assert all(ending not in tokens[:-1] for tokens in said)
    assert write_all(loaded, prompts[:3], 1) == [tokens[:1] for tokens in endless[:3]]


def test_dialogues_that_are_too_long_to_stand_side_by_side_are_read_one_after_the_other(loaded, asked):
    loaded = replace(loaded, run=msgspec.structs.replace(RUN, longest=64))
    prompts = [asked[0][3], asked[1][3], asked[2][3], asked[0][1]]
    assert write_all(loaded, prompts, LONGEST) == plainly(loaded, prompts)


def test_more_prompts_than_grow_at_once(loaded, asked):
    few = asked[0][:3]
    assert write_all(loaded, few * 12, LONGEST) == plainly(loaded, few) * 12


def test_a_dialogue_is_read_once_for_all_its_answers(loaded, asked, monkeypatch):
    read = []
    forward = type(loaded.model).forward

    def counting(self, *given, **named):
        read.append(named["input_ids"].shape[1])
        return forward(self, *given, **named)

    monkeypatch.setattr(type(loaded.model), "forward", counting)
    write_all(loaded, asked[0], LONGEST)
    assert read[0] == len(asked[0][-1])
    assert len(read) == LONGEST
    assert all(count <= len(asked[0]) for count in read[1:])


def test_a_responder_says_the_same_either_way_and_tells_which_it_is(loaded, dialogues):
    plain = replace(loaded, run=msgspec.structs.replace(RUN, answer_together=False))
    together, one_by_one = (FineTunedResponder("finetuned:x", each, each.run) for each in (loaded, plain))
    samples = [sample for each in dialogues for sample in each[:4]]
    assert together.respond(samples) == one_by_one.respond(samples)
    assert one_by_one.decoding == together.decoding + ", one by one"
    assert together.converse(a_dialogue()) == one_by_one.converse(a_dialogue())
