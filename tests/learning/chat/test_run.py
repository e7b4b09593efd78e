"""Asking an endpoint both tasks on a real socket: each fault is named, nothing is paid twice, no number is made up."""

import json
import re
import threading
import time
from datetime import datetime
from functools import partial
from itertools import pairwise
from math import log

import pytest

from endpoint import KEY, Answer, completion, endpoint, scores
from factories import a_dialogue, some_samples
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.answers import read_answers
from kokorochat.evaluation.responses import read_responses
from kokorochat.learning.chat.ledger import read_ledger
from kokorochat.learning.chat.prices import Price, Tariff
from kokorochat.learning.chat.questions import Asking, expected_tokens
from kokorochat.learning.chat.run import ChatAnswers, Pace
from kokorochat.llm.api import ApiModel
from kokorochat.llm.chat import Settings, Tokens
from kokorochat.llm.limits import Limits
from kokorochat.tasks.response import response_header, response_samples
from kokorochat.tasks.sample import read_samples, write_samples
from kokorochat.tasks.score import score_form, score_header

TALK = ("はい", "眠れません", "そうですか", "もう三か月です", "つらいですね", "はい", "それは")
GOOD = {"score": scores(), "response": completion("お話しください")}
EURO = Tariff(Price(prompt=1000, completion=1000, cached=100), "EUR")


class Place:
    """Samples of one task in a folder, and what asks them."""

    def __init__(self, folder, task="score", count=6):
        self.out, self.samples, self.task = folder / "answers.jsonl", folder / "samples.jsonl", task
        self.folder = folder
        if task == "score":
            write_samples(self.samples, score_header("test", 0, 0), some_samples(count))
        else:
            talks = [a_dialogue(*TALK, id=str(number)) for number in range(count)]
            write_samples(
                self.samples, response_header("test", 0), [s for talk in talks for s in response_samples(talk)]
            )

    def ask(self, served, *, resume=False, pace=None, system=None, again=0, opening=None, **settings):
        asked = read_samples(self.samples)
        settled = Settings(**{"tries": 2, "timeout": 5.0, "first_wait": 0.01, "longest_reply": 100, **settings})
        asking = Asking("openai:stub", asked.header, settled, system, again, opening)
        answers = ChatAnswers.found(asking, asked, self.samples, self.out, resume, "typed")
        model = ApiModel("stub", served.url, KEY, settled)
        return answers.run(model, pace or Pace(concurrency=3), lambda talks, total: talks)

    @property
    def answers(self):
        return (read_answers if self.task == "score" else read_responses)(self.out).answers

    @property
    def requests(self):
        return read_ledger(self.folder / "answers.ledger.jsonl")[1]


@pytest.fixture(params=["score", "response"])
def place(request, tmp_path):
    return Place(tmp_path, request.param, 6 if request.param == "score" else 2)


@pytest.fixture
def rated(tmp_path):
    return Place(tmp_path)


@pytest.fixture
def talked(tmp_path):
    return Place(tmp_path, "response", 4)


def test_all_samples_are_answered_in_their_order_with_ledger_and_card(place):
    with endpoint(GOOD[place.task]) as served:
        report = place.ask(served)
    asked = read_samples(place.samples).samples
    assert [answer.sample for answer in place.answers] == [sample.id for sample in asked]
    assert [answer.target for answer in place.answers] == [sample.target for sample in asked]
    assert {answer.failure for answer in place.answers} == {None}
    assert (report["answered"], report["failed"], report["asked"], report["complete"]) == (6, 0, 6, True)
    assert report["tokens"] == {"prompt": 600, "cached": 0, "completion": 60, "uncounted": 0}
    assert (report["cost"], report["served"]) == ({}, {"stub-2026": 6})
    assert sorted(request.sample for request in place.requests) == sorted(sample.id for sample in asked)
    assert {(request.outcome, request.status, request.tokens) for request in place.requests} == {
        ("answered", 200, Tokens(100, 10))
    }
    card = (place.folder / "answers.card.md").read_text(encoding="utf-8")
    assert f"# Answers of openai:stub to the {place.task} task" in card
    assert "600 in, of them 0 cached, 60 out" in card


def test_the_twenty_values_are_read_from_one_object_held_to_a_schema(rated):
    told = json.dumps(dict.fromkeys(ITEM_KEYS, 4))
    with endpoint(completion(f"```json\n{told}\n```")) as served:
        rated.ask(served)
    assert [answer.items for answer in rated.answers] == [dict.fromkeys(ITEM_KEYS, 4)] * 6
    sent = served.requests[0]["response_format"]["json_schema"]["schema"]
    assert list(sent["properties"]) == list(ITEM_KEYS) == sent["required"]
    assert {json.dumps(value) for value in sent["properties"].values()} == {
        json.dumps({"type": "integer", "enum": [0, 1, 2, 3, 4, 5]})
    }


def test_responses_are_asked_for_without_a_form(talked):
    with endpoint(GOOD["response"]) as served:
        talked.ask(served)
    assert not any("response_format" in asked for asked in served.requests)


@pytest.mark.parametrize(
    ("text", "finish", "failure"),
    [
        ("I would rather not rate people.", "stop", "no JSON"),
        (json.dumps(dict.fromkeys(ITEM_KEYS, 3)) * 2, "stop", "several objects"),
        (json.dumps(dict.fromkeys(ITEM_KEYS[:19], 3)), "stop", "wrong keys"),
        (json.dumps({**dict.fromkeys(ITEM_KEYS, 3), "total": 60}), "stop", "wrong keys"),
        (json.dumps({**dict.fromkeys(ITEM_KEYS, 3), ITEM_KEYS[4]: 6}), "stop", "wrong value"),
        (json.dumps({**dict.fromkeys(ITEM_KEYS, 3), ITEM_KEYS[4]: "3"}), "stop", "wrong value"),
        (json.dumps({**dict.fromkeys(ITEM_KEYS, 3), ITEM_KEYS[4]: 3.0}), "stop", "wrong value"),
        (json.dumps({**dict.fromkeys(ITEM_KEYS, 3), ITEM_KEYS[4]: True}), "stop", "wrong value"),
        (json.dumps(dict.fromkeys(ITEM_KEYS, 3))[:-40], "length", "cut off"),
    ],
)
def test_what_is_not_twenty_whole_numbers_is_a_named_failure_and_no_number(rated, text, finish, failure):
    with endpoint(completion(text, finish)) as served:
        report = rated.ask(served)
    assert report["failures"] == {failure: 6}
    assert [answer.items for answer in rated.answers] == [None] * 6
    assert report["complete"]


def test_scores_that_cannot_be_read_are_asked_for_again_by_option_with_what_is_wrong(rated):
    def mending(asked, number):
        return scores() if len(asked["messages"]) == 4 else completion("three, I think")

    with endpoint(mending) as served:
        report = rated.ask(served, again=1)
    assert (report["answered"], report["requests"]) == (6, 12)
    assert sorted((request.sample, request.number) for request in rated.requests) == [
        (str(sample), number) for sample in range(6) for number in (1, 2)
    ]
    again = next(asked["messages"] for asked in served.requests if len(asked["messages"]) == 4)
    assert [message["role"] for message in again] == ["system", "user", "assistant", "user"]
    assert "no JSON" in again[-1]["content"]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Answer({"error": {}}, 429), "rate limit"),
        (Answer("<html>gateway</html>", 502, {"Content-Type": "text/html"}), "server error"),
        (Answer("<html>sign in</html>", 200, {"Content-Type": "text/html"}), "no chat reply"),
        (Answer({"choices": []}), "no chat reply"),
        (Answer(scores(), cut=True), "connection"),
        (Answer(scores(), delay=4), "timeout"),
        (completion(""), "empty reply"),
        (completion(None, finish="length"), "cut off"),
        (completion(None, refusal="I can't"), "refusal"),
        (completion("half", finish="content_filter"), "content filter"),
        (Answer({"error": {"code": "context_length_exceeded"}}, 400), "too long"),
    ],
)
def test_each_fault_of_an_endpoint_is_recorded_by_its_name(place, answer, failure):
    with endpoint(answer) as served:
        report = place.ask(served, timeout=0.3 if failure == "timeout" else 30, tries=1, pace=Pace(concurrency=6))
    assert report["failures"] == {failure: 6}
    assert all(answer.failure.startswith(f"{failure}: ") for answer in place.answers)
    if place.task == "score":
        assert [answer.items for answer in place.answers] == [None] * 6
    else:
        assert [answer.text for answer in place.answers] == [""] * 6
    assert {request.outcome for request in place.requests} == {failure}
    assert report["complete"] is (failure in ("cut off", "refusal", "content filter"))


def test_a_response_that_was_cut_off_is_kept_and_named(talked):
    with endpoint(completion("それはとても", finish="length")) as served:
        talked.ask(served)
    assert {(answer.text, answer.failure) for answer in talked.answers} == {("それはとても", "cut off: at 100 tokens")}


def test_what_got_no_reply_is_asked_again_on_resume_and_what_the_model_said_is_not(rated):
    def half(asked, number):
        words = asked["messages"][1]["content"]
        return Answer("down", 503) if "つらいです4" in words else completion("no")

    with endpoint(half) as served:
        first = rated.ask(served)
    assert set(first["failures"]) == {"server error", "no JSON"}
    with endpoint(scores()) as served:
        second = rated.ask(served, resume=True)
    assert len(served.requests) == first["failures"]["server error"]
    assert second["failures"] == {"no JSON": first["failures"]["no JSON"]}
    assert second["reused"] == first["failures"]["no JSON"]
    assert second["requests"] == first["requests"] + len(served.requests)


def test_the_samples_of_a_dialogue_go_in_order_by_one_connection(talked):
    with endpoint(Answer(GOOD["response"], delay=0.02)) as served:
        talked.ask(served, pace=Pace(concurrency=2))
    by_port = {}
    for port, asked in zip(served.ports, served.requests, strict=True):
        by_port.setdefault(port, []).append(asked["messages"])
    assert len(by_port) == 2
    for questions in by_port.values():
        assert len(questions) == 6
        for before, after in pairwise(questions):
            # Either it goes on where the question before ended, or a new dialogue begins.
            assert after[: len(before)] == before or len(after) == 3


def test_no_more_dialogues_are_asked_at_once_than_is_said(talked):
    lock, under_way, most = threading.Lock(), 0, 0

    def counting(asked, number):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        threading.Event().wait(0.03)
        with lock:
            under_way -= 1
        return GOOD["response"]

    with endpoint(counting) as served:
        talked.ask(served, pace=Pace(concurrency=3))
    assert most == 3


def test_one_full_queue_holds_back_all(rated):
    at = []

    def answer(asked, number):
        at.append(time.monotonic())
        return Answer({}, 429, {"Retry-After": "1"}) if number == 1 else Answer(scores(), delay=0.01)

    with endpoint(answer) as served:
        rated.ask(served, pace=Pace(concurrency=2))
    # What was under way when the queue was full may still come; all else waits.
    late = [moment - at[0] for moment in at[2:]]
    assert min(late) >= 0.95


@pytest.mark.parametrize("asked", ["3600", "1e9", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_of_an_hour_that_one_reply_asks_for_holds_up_nobody_else_for_it(rated, monkeypatch, asked):
    for module in ("llm.api", "learning.chat.watching"):
        monkeypatch.setattr(f"kokorochat.{module}.LONGEST_WAIT", 0.3)
    with endpoint(Answer({}, 429, {"Retry-After": asked}), scores()) as served:
        report = rated.ask(served, pace=Pace(concurrency=1))
    assert (report["failures"], report["answered"]) == ({"rate limit": 1}, 5)
    assert report["seconds"] >= 0.3


def test_the_system_message_may_be_another(place):
    with endpoint(GOOD[place.task]) as served:
        place.ask(served, system="Be brief.")
    assert {asked["messages"][0]["content"] for asked in served.requests} == {"Be brief."}
    assert {asked["messages"][1]["role"] for asked in served.requests} == {"user"} or place.task == "response"


def test_the_probabilities_of_each_score_are_kept_where_the_endpoint_gives_them(rated):
    reply = scores(3)
    text = reply["choices"][0]["message"]["content"]
    likely = [{"token": "3", "logprob": log(0.6)}, {"token": "4", "logprob": log(0.2)}]
    told = [{"token": piece, "logprob": 0, "top_logprobs": likely} for piece in re.split("(3)", text)]
    reply["choices"][0]["logprobs"] = {"content": told}

    def answer(asked, number):
        return reply if number % 2 else scores(3)

    with endpoint(answer) as served:
        report = rated.ask(served, alternatives=True)
    assert report["without_probabilities"] == 3
    given = [answer.probabilities for answer in rated.answers if answer.probabilities]
    assert len(given) == 3
    assert set(given[0]) == set(ITEM_KEYS)
    assert given[0]["felt_respected"] == pytest.approx([0, 0, 0, 0.75, 0.25, 0])
    assert read_answers(rated.out).header.decoding.endswith(", probabilities of digits")


def test_a_talk_that_the_counselor_opens_may_be_given_an_opening(talked):
    with endpoint(GOOD["response"]) as served:
        talked.ask(served, opening="（開始）")
    assert {tuple(message["role"] for message in asked["messages"][:3]) for asked in served.requests} == {
        ("system", "user", "assistant")
    }
    assert {asked["messages"][1]["content"] for asked in served.requests} == {"（開始）"}
    assert ", opening " in read_responses(talked.out).header.decoding


def test_temperature_and_length_are_sent_and_named_in_the_answers(rated):
    with endpoint(scores()) as served:
        rated.ask(served, temperature=0.5)
    assert (served.requests[0]["temperature"], served.requests[0]["max_tokens"]) == (0.5, 100)
    decoding = read_answers(rated.out).header.decoding
    assert decoding == "temperature 0.5, at most 100 tokens, JSON by schema"
    with endpoint(scores()) as served, pytest.raises(InputError, match="another model"):
        rated.ask(served, resume=True)
    assert served.requests == []


def test_a_temperature_that_is_not_taken_is_told(rated):
    def own(asked, number):
        told = {"error": {"message": "temperature: only 1 is supported"}}
        return Answer(told, 400) if "temperature" in asked else scores()

    with endpoint(own) as served:
        report = rated.ask(served, pace=Pace(concurrency=1))
    assert (report["warm"], report["answered"]) == (6, 6)
    told = "the endpoint's own temperature, at most 100 tokens, JSON by schema"
    assert {read_answers(rated.out).header.decoding, *(answer.decoding for answer in rated.answers)} == {told}
    assert "under the endpoint's own temperature" in (rated.folder / "answers.card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [scores()["choices"][0]["message"]["content"], "no", None])
def test_a_form_that_is_not_taken_is_told_of_answers_and_of_failures(rated, text):
    def own(asked, number):
        kind = asked.get("response_format", {}).get("type")
        told = {"error": {"message": "logprobs" if "logprobs" in asked else "response_format"}}
        refused = kind == "json_schema" or "logprobs" in asked
        return Answer(told, 400) if refused else completion(text, refusal=None if text else "no")

    with endpoint(own) as served:
        rated.ask(served, alternatives=True)
    told = "greedy, at most 100 tokens, JSON as any object"
    assert {read_answers(rated.out).header.decoding, *(answer.decoding for answer in rated.answers)} == {told}


def test_answers_of_which_some_were_sent_otherwise_tell_both_and_can_be_resumed(rated):
    def own(asked, number):
        words = asked["messages"][1]["content"]
        told = {"error": {"message": "temperature: only 1 is supported"}}
        if "つらいです4" in words:
            return Answer("down", 503)
        return Answer(told, 400) if "temperature" in asked else scores()

    with endpoint(own) as served:
        first = rated.ask(served, pace=Pace(concurrency=1))
    with endpoint(scores()) as served:
        rated.ask(served, resume=True)
        assert rated.ask(served, resume=True)["asked"] == 0
    again, rest = first["failures"]["server error"], "at most 100 tokens, JSON by schema"
    kinds = sorted([(again, "greedy"), (6 - again, "the endpoint's own temperature")], reverse=True)
    told = " or ".join(f"{chosen}, {rest} (of {count})" for count, chosen in kinds)
    assert read_answers(rated.out).header.decoding == told


def test_what_it_cost_is_summed_with_what_was_kept_and_what_nobody_counted(rated):
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 50}}
    good = completion(scores()["choices"][0]["message"]["content"], usage=usage)

    def answer(asked, number):
        return Answer(good, cut=True) if number == 1 else good

    with endpoint(answer) as served:
        report = rated.ask(served, pace=Pace(concurrency=1, tariff=EURO))
    each = (50 * 1000 + 50 * 100 + 10 * 1000) / 1e6
    assumed = report["assumed"]["EUR"]
    assert report["cost"]["EUR"] == pytest.approx(6 * each + assumed)
    # The most it may have been: a token for each byte, and the longest answer.
    assert assumed > 0.1
    assert report["tokens"]["uncounted"] == 1
    assert [request.assumed for request in rated.requests] == [True, *[False] * 6]


def test_a_run_stops_before_its_budget_is_broken_and_goes_on_with_a_larger_one(rated):
    usage = {"prompt_tokens": 2000, "completion_tokens": 100}
    good = completion(scores()["choices"][0]["message"]["content"], usage=usage)
    budget = 12.0
    with endpoint(good) as served:
        first = rated.ask(served, pace=Pace(concurrency=4, tariff=EURO, budget=budget))
        assert 0 < first["asked"] < 6
        assert (first["unasked"], first["complete"]) == (6 - first["asked"], False)
        assert first["cost"]["EUR"] <= budget
        assert not rated.out.exists()
        again = rated.ask(served, resume=True, pace=Pace(concurrency=4, tariff=EURO, budget=budget))
        assert (again["asked"], again["reused"]) == (0, first["asked"])
        assert len(served.requests) == first["asked"]
        last = rated.ask(served, resume=True, pace=Pace(tariff=EURO, budget=1000.0))
    assert (last["asked"], last["answered"], last["requests"]) == (6 - first["asked"], 6, 6)


@pytest.mark.parametrize("again", [0, 1])
def test_a_budget_remembers_what_nobody_counted_in_a_run_without_prices(rated, again):
    words = completion("four, I think", usage="none")

    def uncounted(asked, number):
        return Answer("down", 503) if number > 4 else words if again else Answer(words, cut=True)

    with endpoint(uncounted) as served:
        rated.ask(served, again=again, tries=1, pace=Pace(concurrency=1))
    assert {request.tokens for request in rated.requests[:4]} == {None}
    asked = read_samples(rated.samples)
    asking = Asking("openai:stub", asked.header, Settings(longest_reply=100), again=again)
    spent = 4 * EURO.price.cost(asking.most(asked.samples[0]))
    with endpoint({**scores(), "usage": {"prompt_tokens": 1, "completion_tokens": 1}}) as served:
        report = rated.ask(served, resume=True, again=again, pace=Pace(concurrency=1, tariff=EURO, budget=0.9 * spent))
        assert (report["asked"], served.requests) == (0, [])
        assert rated.ask(served, resume=True, again=again, pace=Pace(tariff=EURO, budget=9 * spent))["unasked"] == 0


@pytest.mark.parametrize("again", [0, 1])
def test_no_request_for_a_sample_has_more_tokens_than_the_most(rated, again):
    """A token for each byte of what is sent, and the longest answer again where it is sent back."""
    with endpoint(completion("あ" * 33)) as served:
        rated.ask(served, again=again, pace=Pace(concurrency=1))
    asked = read_samples(rated.samples)
    asking = Asking("openai:stub", asked.header, Settings(longest_reply=100), again=again)
    most = {sample.id: asking.most(sample) for sample in asked.samples}
    assert len(served.requests) == 6 * (1 + again)
    for sent, request in zip(served.requests, rated.requests, strict=True):
        size = sum(len(message["content"].encode()) for message in sent["messages"])
        assert size <= most[request.sample].prompt
        assert most[request.sample].completion == 100


@pytest.mark.parametrize("limit", ["requests", "tokens"])
def test_requests_are_no_faster_than_is_said(rated, limit, monkeypatch):
    monkeypatch.setattr("kokorochat.learning.chat.run.Limits", partial(Limits, minute=0.5))
    size = max(expected_tokens(sample.messages, score_form()) for sample in some_samples(6))
    usage = {"prompt_tokens": size, "completion_tokens": 100}
    with endpoint({**scores(), "usage": usage}) as served:
        rated.ask(served, pace=Pace(6, **({"requests": 2} if limit == "requests" else {"tokens": 2 * (size + 100)})))
    # Two in each half second, as far as a busy machine tells the time.
    at = sorted(datetime.fromisoformat(request.at).timestamp() for request in rated.requests)
    assert at[2] - at[0] >= 0.4
    assert at[4] - at[2] >= 0.4
    assert at[4] - at[0] >= 0.85


def test_a_wrong_key_ends_the_run_and_leaves_nothing_to_go_on_from(place):
    refused = Answer({"error": {"code": "invalid_api_key"}}, 401)
    with endpoint(refused) as served, pytest.raises(InputError, match="status 401"):
        place.ask(served, pace=Pace(concurrency=1))
    assert len(served.requests) == 1
    assert [path.name for path in place.folder.iterdir()] == ["samples.jsonl"]


def test_ten_samples_in_a_row_without_a_reply_end_the_run_and_what_was_answered_is_kept(tmp_path):
    place = Place(tmp_path, "score", 20)

    def answer(asked, number):
        return scores() if number <= 3 else Answer("down", 503)

    with endpoint(answer) as served, pytest.raises(InputError, match="10 samples in a row"):
        place.ask(served, tries=1, pace=Pace(concurrency=1))
    assert len(served.requests) == 13
    with endpoint(scores()) as served:
        assert place.ask(served, resume=True)["reused"] == 3
    assert len(served.requests) == 17


def test_dialogues_that_are_too_long_for_the_model_are_no_sign_of_a_broken_endpoint(tmp_path):
    place = Place(tmp_path, "score", 15)
    with endpoint(Answer({"error": {"code": "context_length_exceeded"}}, 400)) as served:
        assert place.ask(served)["failures"] == {"too long": 15}


@pytest.mark.parametrize("there", ["answers.jsonl", "answers.jsonl.partial", "answers.ledger.jsonl"])
def test_what_may_have_been_paid_for_is_never_replaced(rated, there):
    (rated.folder / there).write_text("paid", encoding="utf-8")
    with endpoint(scores()) as served, pytest.raises(InputError, match="may have been paid for"):
        rated.ask(served)
    assert (rated.folder / there).read_text(encoding="utf-8") == "paid"
    assert served.requests == []


def test_a_note_of_ones_own_in_the_place_of_the_card_is_left_alone(rated):
    (rated.folder / "answers.card.md").write_text("mine", encoding="utf-8")
    with endpoint(scores()) as served, pytest.raises(InputError, match="holds something else"):
        rated.ask(served)
    assert served.requests == []


def test_neither_key_nor_words_are_in_the_ledger_or_the_card(place, monkeypatch):
    monkeypatch.setenv("OPENAI_LOG", "debug")

    def echoing(asked, number):
        words = asked["messages"][-1]["content"]
        if number % 2:
            return Answer({"error": {"message": f"{KEY} {words}", "code": KEY, "type": words}}, 429)
        return {**GOOD[place.task], "model": f"{words} served"}

    with endpoint(echoing) as served:
        place.ask(served, tries=5)
    assert served.keys[0] == f"Bearer {KEY}"
    for path in place.folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert KEY not in text
        if path.name in ("answers.ledger.jsonl", "answers.card.md"):
            assert not any(words in text for words in ("つらいです", "眠れません", "もう三か月", "お話しください"))
