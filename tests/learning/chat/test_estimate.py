"""The estimate: its rule is stated, what is read twice is told, and no question has more tokens than its bound."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import a_dialogue, some_samples
from kokorochat.domain.errors import InputError
from kokorochat.learning.chat.estimate import estimate, load_counter
from kokorochat.learning.chat.prices import Price, Tariff
from kokorochat.learning.chat.questions import AROUND_A_MESSAGE, Asking, most_tokens
from kokorochat.llm.chat import Message, Settings, estimated_tokens
from kokorochat.tasks.response import response_header, response_samples
from kokorochat.tasks.score import score_form, score_header

SCORE = Asking("openai:x", score_header("test", 0, 0), Settings(longest_reply=300))
RESPONSE = Asking("openai:x", response_header("test", 0), Settings(longest_reply=50))
TARIFF = Tariff(Price(prompt=10, completion=100, cached=1), "EUR")


def test_each_question_is_counted_whole_and_with_its_form():
    samples = some_samples(2)
    form = estimated_tokens(json.dumps(score_form().schema, separators=(",", ":")))
    words = sum(estimated_tokens(message.content) for sample in samples for message in sample.messages)
    found = estimate(SCORE, samples)
    assert (found.samples, found.talks, found.repeated) == (2, 2, 0)
    assert found.prompt == words + 4 * AROUND_A_MESSAGE + 2 * form
    assert found.completion == sum(estimated_tokens(sample.target) for sample in samples)
    assert found.most == 600


def test_what_stands_in_the_question_before_is_counted_apart():
    samples = [
        *response_samples(a_dialogue("はい", "ええ", "そう", "うん", "では")),
        *response_samples(a_dialogue(id="2")),
    ]
    found = estimate(RESPONSE, samples, count=lambda text: 10)
    talk = [len(sample.messages) for sample in samples if sample.id.startswith("1:")]
    assert len(talk) == 2
    assert found.repeated >= talk[0] * (10 + AROUND_A_MESSAGE)
    assert found.prompt == sum(len(sample.messages) for sample in samples) * (10 + AROUND_A_MESSAGE)


def test_the_cost_is_told_without_a_cache_with_it_and_at_most():
    found = estimate(RESPONSE, list(response_samples(a_dialogue("はい", "ええ", "そう", "うん", "では"))))
    cost = found.cost(TARIFF)
    assert cost["expected"] == pytest.approx((found.prompt * 10 + found.completion * 100) / 1e6)
    assert cost["cached"] == pytest.approx(cost["expected"] - found.repeated * 9 / 1e6)
    assert cost["most"] == pytest.approx((found.prompt * 10 + 2 * 50 * 100) / 1e6)


@given(st.lists(st.text(), max_size=4))
def test_no_question_is_longer_than_its_bound_by_a_token_for_each_byte(texts):
    messages = [Message("user", text) for text in texts]
    bound = most_tokens(messages, None)
    assert bound >= sum(len(text.encode("utf-8", "replace")) for text in texts)
    assert bound >= sum(estimated_tokens(text) + AROUND_A_MESSAGE for text in texts)
    assert most_tokens(messages, score_form()) > bound + 500


def test_a_tokenizer_of_the_models_own_counts_instead_of_the_rule(tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0, "?": 1}, unk_token="?"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert load_counter(tmp_path / "tokenizer.json")("a b a") == 3


@pytest.mark.parametrize("content", [None, "no tokenizer", "{}"])
def test_what_is_no_tokenizer_is_told(tmp_path, content):
    pytest.importorskip("tokenizers")
    if content is not None:
        (tmp_path / "t.json").write_text(content)
    with pytest.raises(InputError, match="holds no tokenizer"):
        load_counter(tmp_path / "t.json")
