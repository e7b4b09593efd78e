"""The twenty digits are asked for along the form of the answer, one after the other, in one reading of the dialogue."""

import json
from dataclasses import replace

import pytest

from factories import a_dialogue
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.learning.finetuned.settings import ScoreFineTuning, TinyBase
from kokorochat.learning.finetuned.talks import score_talk
from kokorochat.tasks.score import parse_target
from parts import need_qlora

need_qlora()

import torch  # noqa: E402
from tokenizers import pre_tokenizers  # noqa: E402

from kokorochat.learning.finetuned.base import load_tokenizer, load_weights  # noqa: E402
from kokorochat.learning.finetuned.digits import Form, likeliest, read_digits  # noqa: E402
from kokorochat.learning.finetuned.rendering import Renderer  # noqa: E402
from kokorochat.learning.finetuned.tiny import make_tiny, tiny_tokenizer  # noqa: E402

CPU = torch.device("cpu")
RUN = ScoreFineTuning(
    task="score",
    model="finetuned",
    base=TinyBase(width=64, layers=2, heads=4, vocabulary=800),
    compute="float32",
    rate=1e-3,
    batch=4,
    epochs=1,
    validate_every=0,
)


@pytest.fixture(scope="module")
def talk():
    return score_talk(replace(next(iter(read_corpus(DEMO_CORPUS)))))


@pytest.fixture(scope="module")
def base(tmp_path_factory, talk):
    folder = tmp_path_factory.mktemp("base")
    make_tiny(folder, RUN.base, [message.content for message in talk.messages], 0)
    return folder


@pytest.fixture(scope="module")
def renderer(base):
    tokenizer = load_tokenizer(base, "tiny")
    return Renderer(tokenizer, tokenizer.chat_template, "tiny")


def test_the_form_with_its_digits_is_the_answer_that_is_learnt(renderer):
    for items in ((0, 1, 2, 3, 4, 5) * 3 + (0, 5), (3,) * 20):
        talk = score_talk(a_dialogue(items=items))
        rendered = renderer.render(talk)
        [reply] = rendered.replies
        assert Form(renderer).filled(items) == rendered.tokens[reply.start : reply.end - 1].tolist()


def test_each_digit_is_asked_for_behind_those_before_it(base, renderer, talk):
    model, form = load_weights(base, "tiny", RUN, CPU), Form(renderer)
    prompt = renderer.prompt(talk.messages[:-1])
    found = read_digits(model, prompt, form, RUN, CPU)
    values = likeliest(found)
    whole = [*prompt, *form.filled([values[key] for key in ITEM_KEYS])]
    with torch.no_grad():
        odds = model(input_ids=torch.tensor([whole])).logits[0, :, form.digits].softmax(dim=-1)
    place = len(prompt) + len(form.pieces[0])
    for item, piece in zip(found, form.pieces[1:], strict=True):
        assert sum(item) == pytest.approx(1)
        assert item == pytest.approx(odds[place - 1].tolist(), abs=1e-4)
        place += 1 + len(piece)
    assert parse_target(json.dumps(values)) == values


def test_a_base_whose_digits_stand_together_with_other_signs_is_named(talk):
    tokenizer = tiny_tokenizer([message.content for message in talk.messages] * 9, 2000)
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    vocabulary = json.loads(tokenizer.backend_tokenizer.to_str())
    vocabulary["model"]["vocab"]["Ġ3"] = len(vocabulary["model"]["vocab"])
    vocabulary["model"]["merges"].insert(0, ["Ġ", "3"])
    tokenizer._tokenizer = tokenizer.backend_tokenizer.from_str(json.dumps(vocabulary))
    with pytest.raises(InputError, match="join digits") as fault:
        Form(Renderer(tokenizer, tokenizer.chat_template, "some/base"))
    assert fault.value.place == "base some/base"
