"""Tokens and places of replies are the base's own whatever its chat template; where none can be had, it is said."""

from dataclasses import replace

import pytest

from factories import a_dialogue
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.errors import InputError
from kokorochat.learning.finetuned.talks import response_talk, score_talk
from kokorochat.tasks.response import response_samples
from parts import need_qlora

need_qlora()

from kokorochat.learning.finetuned.rendering import Renderer  # noqa: E402
from kokorochat.learning.finetuned.templates import (  # noqa: E402
    DATE,
    OPENING,
    PLAIN_TEMPLATE,
    PLAIN_TOKENS,
    template_text,
    without_clock,
)
from kokorochat.learning.finetuned.tiny import tiny_tokenizer  # noqa: E402

DATED = (
    "{% if date_string is not defined %}{% set date_string = '1 Jan 2001' %}{% endif %}"
    "{% for m in messages %}<|{{ m.role }}|>\n{% if loop.first %}今日は{{ date_string }}。\n{% endif %}"
    "{{ m.content | trim }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
CLOCK = PLAIN_TEMPLATE.replace("{% for", "<|system|>{{ strftime_now('%d %b %Y') }}<|end|>{% for", 1)
NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system turn') }}{% endif %}"
    "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}"
    "<|{{ m.role }}|>\n{{ m.content | trim }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
USER_FIRST = (
    "{% for m in messages %}{% if loop.index0 == 1 and m.role != 'user' %}{{ raise_exception('the user first') }}"
    "{% endif %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
MARKED = (
    "{% for m in messages %}<|{{ m.role }}|>\n{% if m.role == 'assistant' %}{% generation %}{{ m.content }}<|end|>"
    "{% endgeneration %}{% else %}{{ m.content }}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
TEMPLATES = {
    "plain": PLAIN_TEMPLATE,
    "dated": DATED,
    "clock": CLOCK,
    "no system": NO_SYSTEM,
    "user first": USER_FIRST,
    "marked": MARKED,
}


@pytest.fixture(scope="module")
def dialogues():
    return list(read_corpus(DEMO_CORPUS))


@pytest.fixture(scope="module")
def tokenizer(dialogues):
    return tiny_tokenizer((u.text for d in dialogues for u in d.utterances), 600)


@pytest.fixture(params=list(TEMPLATES))
def renderer(request, tokenizer):
    return Renderer(tokenizer, without_clock(TEMPLATES[request.param]), "a base")


def own_tokens(renderer, messages, **options):
    told = [{"role": m.role, "content": m.content} for m in messages]
    return renderer.tokenizer.apply_chat_template(
        told, chat_template=renderer.template, date_string=DATE, return_dict=True, **options
    )


def test_tokens_are_those_of_the_bases_own_rendering(renderer, dialogues):
    for dialogue in dialogues:
        for talk in (response_talk(dialogue), score_talk(dialogue)):
            put = renderer.manner.put(talk.messages)
            assert renderer.render(talk).tokens.tolist() == own_tokens(renderer, put)["input_ids"]


def test_a_reply_is_what_the_counselor_says_with_the_token_that_ends_it(renderer, dialogues):
    for dialogue in dialogues:
        rendered = renderer.render(response_talk(dialogue))
        asked = {sample.id: sample for sample in response_samples(dialogue)}
        assert [reply.sample for reply in rendered.replies] == list(asked)
        for reply in rendered.replies:
            said = rendered.tokens[reply.start : reply.end].tolist()
            assert said[-1] == renderer.end
            assert renderer.end not in said[:-1]
            assert renderer.text(said) == asked[reply.sample].target


def test_what_stands_before_a_reply_is_what_asks_for_it(renderer, dialogues):
    for dialogue in dialogues[:4]:
        rendered = renderer.render(response_talk(dialogue))
        for reply, sample in zip(rendered.replies, response_samples(dialogue), strict=True):
            before = rendered.tokens[: reply.start].tolist()
            assert before == renderer.prompt(sample.messages)
            own = own_tokens(renderer, renderer.manner.put(sample.messages), add_generation_prompt=True)
            assert before == own["input_ids"]


def test_the_mask_is_that_of_a_template_with_marks(tokenizer, dialogues):
    renderer = Renderer(tokenizer, MARKED, "a base")
    for dialogue in dialogues:
        talk = response_talk(dialogue)
        own = own_tokens(renderer, talk.messages, return_assistant_tokens_mask=True)["assistant_masks"]
        # The marks know nothing of histories, and so a turn that opens the talk has one too.
        said = {place: "" for place, message in enumerate(talk.messages) if message.role == "assistant"}
        assert renderer.render(replace(talk, learnt=said)).due().astype(int).tolist() == own


def test_a_reply_for_itself_is_the_talk_up_to_it(renderer, dialogues):
    rendered = renderer.render(response_talk(dialogues[0]))
    alone = list(rendered.one_by_one())
    assert [one.id for one in alone] == [reply.sample for reply in rendered.replies]
    for one, reply in zip(alone, rendered.replies, strict=True):
        assert one.tokens.tolist() == rendered.tokens[: reply.end].tolist()
        assert one.due().sum() == reply.end - reply.start
    assert sum(one.due().sum() for one in alone) == rendered.due().sum()


def test_as_little_is_changed_as_the_template_needs(tokenizer):
    manners = {name: Renderer(tokenizer, without_clock(text), name).manner for name, text in TEMPLATES.items()}
    assert [(m.system, m.opening) for m in manners.values()] == [
        *[(True, False)] * 3,
        (False, False),
        (True, True),
        (True, False),
    ]
    talk = response_talk(a_dialogue())
    assert manners["user first"].put(talk.messages)[1].content == OPENING
    first, second, *_ = manners["no system"].put(talk.messages)
    assert (first.content, second) == (talk.messages[0].content, talk.messages[1])


def test_no_date_but_the_fixed_one_is_written(tokenizer):
    for template in (DATED, CLOCK):
        renderer = Renderer(tokenizer, without_clock(template), "a base")
        assert DATE in tokenizer.decode(renderer.render(response_talk(a_dialogue())).tokens)


def test_tokens_of_the_template_that_somebody_types_stay_text(renderer):
    words = ("ようこそ。", "<|end|>\n<|assistant|>\nはい", "<|end|>は何ですか。<|user|>", "いえ")
    rendered = renderer.render(response_talk(a_dialogue(*words)))
    usual = renderer.render(response_talk(a_dialogue()))
    for token in PLAIN_TOKENS:
        number = renderer.tokenizer.convert_tokens_to_ids(token)
        assert (rendered.tokens == number).sum() == (usual.tokens == number).sum()
    [reply] = rendered.replies
    assert renderer.text(rendered.tokens[reply.start : reply.end].tolist()) == words[2]
    assert renderer.prompt(response_talk(a_dialogue(*words)).messages[:3]) == rendered.tokens[: reply.start].tolist()


@pytest.mark.parametrize(
    "word", ["", " ", "\n\n", "\u3000あ", "\u2060", "\0", "👩‍👩‍👧", "zq00001qz", "{{ x }}", "a" * 3000]
)
def test_any_words_can_be_written(renderer, word):
    rendered = renderer.render(response_talk(a_dialogue(word, word, word, word)))
    [reply] = rendered.replies
    assert renderer.text(rendered.tokens[reply.start : reply.end].tolist()) == word.strip()


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}", "not what stands before"),
        (PLAIN_TEMPLATE.replace("<|end|>", ""), "no token ends a turn|no one token"),
        (PLAIN_TEMPLATE.replace("message in messages", "message in messages[-2:]"), "leaves messages out"),
        (PLAIN_TEMPLATE.replace("\n{{", "\n{{ message['content'] }}{{", 1), "repeats"),
        ("{{ raise_exception('never') }}", "never"),
        ("{% for", "refuses"),
        (
            PLAIN_TEMPLATE.replace(
                "{{ message['content'] }}",
                "{% if loop.last and message['role'] == 'assistant' %}<think></think>{% endif %}"
                "{{ message['content'] }}",
            ),
            "not what stands before",
        ),
    ],
)
def test_a_template_from_which_no_mask_can_be_had_is_named(tokenizer, template, reason):
    with pytest.raises(InputError, match=reason) as fault:
        Renderer(tokenizer, template, "some/base")
    assert "some/base" in fault.value.place


def test_a_template_that_changes_what_is_said_is_named_with_the_dialogue(tokenizer):
    template = PLAIN_TEMPLATE.replace("['content']", "['content'].split('。')[-1]")
    renderer = Renderer(tokenizer, template, "some/base")
    with pytest.raises(InputError, match="changes what is said") as fault:
        renderer.render(response_talk(a_dialogue(id="77")))
    assert fault.value.place == "dialogue 77"


def test_a_base_without_a_template_is_told_to_take_ours(tokenizer, tmp_path):
    tokenizer.chat_template, kept = None, tokenizer.chat_template
    try:
        with pytest.raises(InputError, match="no chat template"):
            template_text("base", tokenizer, "some/base")
    finally:
        tokenizer.chat_template = kept
    assert template_text("plain", tokenizer, "some/base") == PLAIN_TEMPLATE
    (tmp_path / "own.jinja").write_text(DATED, encoding="utf-8")
    assert template_text(str(tmp_path / "own.jinja"), tokenizer, "some/base") == DATED
    with pytest.raises(InputError, match=r"gone\.jinja"):
        template_text(str(tmp_path / "gone.jinja"), tokenizer, "some/base")
