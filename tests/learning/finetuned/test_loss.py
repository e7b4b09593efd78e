"""The loss of a reply is the same however it is read, and its gradient is that of the weights that 4 bits stand for."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.learning.finetuned.settings import ResponseFineTuning, TinyBase
from kokorochat.learning.finetuned.talks import response_talk
from parts import need_qlora

need_qlora()

import bitsandbytes  # noqa: E402
import torch  # noqa: E402

from kokorochat.learning.finetuned.base import adapters, load_tokenizer, load_weights, with_adapters  # noqa: E402
from kokorochat.learning.finetuned.batches import batch_of  # noqa: E402
from kokorochat.learning.finetuned.loss import reply_losses, token_losses, weighted, weights_of  # noqa: E402
from kokorochat.learning.finetuned.rendering import Renderer  # noqa: E402
from kokorochat.learning.finetuned.tiny import make_tiny  # noqa: E402

CPU = torch.device("cpu")
RUN = ResponseFineTuning(
    task="response",
    model="finetuned",
    base=TinyBase(width=64, layers=2, heads=4, vocabulary=600),
    compute="float32",
    lora_dropout=0.0,
    rate=1e-3,
    batch=4,
    epochs=1,
    validate_every=0,
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    texts = [utterance.text for dialogue in read_corpus(DEMO_CORPUS) for utterance in dialogue.utterances]
    make_tiny(folder, RUN.base, texts, 0)
    return folder


@pytest.fixture(scope="module")
def talks(base):
    tokenizer = load_tokenizer(base, "tiny")
    renderer = Renderer(tokenizer, tokenizer.chat_template, "tiny")
    beginnings = [replace(d, utterances=d.utterances[:10]) for d in list(read_corpus(DEMO_CORPUS))[:5]]
    return [renderer.render(response_talk(dialogue)) for dialogue in beginnings]


def a_model(base, run=RUN):
    """With adapters that add something, as after some steps."""
    model = with_adapters(load_weights(base, "tiny", run, CPU), run, 0)
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in adapters(model).items():
            if "lora_B" in name:
                weight.copy_(torch.randn(weight.shape, generator=random) * 0.05)
    return model.eval()


@pytest.fixture(scope="module")
def model(base):
    return a_model(base)


def means(losses):
    return {sample: total / length for sample, (total, length) in losses.items()}


def test_one_pass_over_a_dialogue_gives_each_reply_the_loss_that_it_has_for_itself(model, talks):
    together = means(reply_losses(model, talks, RUN, CPU))
    alone = means(reply_losses(model, [one for talk in talks for one in talk.one_by_one()], RUN, CPU))
    assert together.keys() == alone.keys()
    assert len(together) == 15
    assert max(abs(together[sample] - alone[sample]) for sample in together) < 1e-4


def test_talks_side_by_side_have_the_losses_that_they_have_alone(model, talks):
    alone = means(reply_losses(model, talks, RUN, CPU))
    beside = means(reply_losses(model, talks, msgspec.structs.replace(RUN, at_once=3), CPU))
    assert max(abs(alone[sample] - beside[sample]) for sample in alone) < 1e-4


def test_a_loss_is_that_of_the_whole_output_layer(model, talks):
    talk = talks[0]
    tokens = torch.from_numpy(talk.tokens.astype(np.int64))[None]
    with torch.no_grad():
        odds = model(input_ids=tokens).logits.log_softmax(dim=-1)
    for reply in talk.replies:
        due = [-odds[0, place - 1, tokens[0, place]].item() for place in range(reply.start, reply.end)]
        total, length = reply_losses(model, [talk], RUN, CPU)[reply.sample]
        assert length == len(due)
        assert total == pytest.approx(sum(due), rel=1e-4)


@pytest.mark.parametrize("weighting", ["token", "reply"])
def test_a_step_weighs_tokens_or_replies_alike(model, talks, weighting):
    losses = reply_losses(model, talks, RUN, CPU)
    due = {
        "token": sum(total for total, _ in losses.values()) / sum(length for _, length in losses.values()),
        "reply": np.mean([total / length for total, length in losses.values()]),
    }
    of_token, of_reply = weights_of(talks, weighting)
    total = 0.0
    for some in (talks[:2], talks[2:]):
        batch = batch_of(some)
        with torch.no_grad():
            total += weighted(token_losses(model, batch, RUN, CPU), batch, of_token, of_reply).item()
    assert total == pytest.approx(due[weighting], rel=1e-5)


def gradients(model, talks, at_once, weighting="reply"):
    of_token, of_reply = weights_of(talks, weighting)
    for start in range(0, len(talks), at_once):
        batch = batch_of(talks[start : start + at_once])
        weighted(token_losses(model, batch, RUN, CPU), batch, of_token, of_reply).backward()
    found = {name: weight.grad.clone() for name, weight in adapters(model).items()}
    for weight in adapters(model).values():
        weight.grad = None
    return found


def near(one, other):
    return all(torch.allclose(one[name], other[name], rtol=1e-3, atol=1e-6) for name in one)


@pytest.mark.parametrize("weighting", ["token", "reply"])
def test_the_gradient_does_not_depend_on_how_many_go_through_at_once(model, talks, weighting):
    assert near(gradients(model, talks, 1, weighting), gradients(model, talks, 3, weighting))


def test_the_gradient_goes_through_the_weights_that_four_bits_stand_for(base, model, talks):
    plain = a_model(base, msgspec.structs.replace(RUN, quantization="none"))
    layers = dict(plain.named_modules())
    for name, layer in model.named_modules():
        if isinstance(layer, bitsandbytes.nn.Linear4bit):
            weight = bitsandbytes.functional.dequantize_4bit(layer.weight.data, layer.weight.quant_state)
            layers[name].weight.data = weight.float().reshape(layers[name].weight.shape)
    assert near(gradients(model, talks[:2], 1), gradients(plain, talks[:2], 1))


def test_a_model_that_has_answered_learns_as_before(base, talks):
    model = a_model(base)
    before = gradients(model, talks[:2], 1)
    reply_losses(model, talks[:2], RUN, CPU)
    after = gradients(model, talks[:2], 1)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_blocks_that_are_computed_twice_have_the_same_gradient(base, talks):
    model = a_model(base)
    once = gradients(model.train(), talks[:2], 1)
    model.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
    assert near(once, gradients(model, talks[:2], 1))


def test_adapters_are_float32_and_all_else_stays(base):
    run = msgspec.structs.replace(RUN, compute="bfloat16")
    model = a_model(base, run)
    learnt = adapters(model)
    assert len(learnt) == 2 * 7 * 2
    assert {weight.dtype for weight in learnt.values()} == {torch.float32}
    others = [weight for name, weight in model.named_parameters() if name not in learnt]
    assert {weight.dtype for weight in others} == {torch.bfloat16, torch.uint8}
