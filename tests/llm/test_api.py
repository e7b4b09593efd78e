"""A model behind an endpoint: what may pass is tried again, what won't is named, and nothing secret is told."""

import asyncio
import logging
import time
from email.utils import formatdate

import pytest

from endpoint import KEY, Answer, completion, endpoint
from kokorochat.domain.errors import InputError
from kokorochat.llm.api import ApiModel, api_model
from kokorochat.llm.chat import NOBODY, ChatFault, Choice, Form, Message, Settings, Tokens

ASKED = (Message("system", "Be kind."), Message("user", "秘密の悩みです"))
FORM = Form("topic", {"type": "object", "properties": {}, "required": [], "additionalProperties": False})
GOOD = completion("はい")


class Watching:
    """Counts what was asked, and keeps what came of it."""

    def __init__(self):
        self.before_calls, self.attempts = 0, []

    async def before(self):
        self.before_calls += 1

    def after(self, attempt):
        self.attempts.append(attempt)


def ask(served, wanted=None, tries=5, timeout=5.0, times=1, watch=NOBODY, **settings):
    """Ask a running endpoint, and give the last reply."""

    async def asking():
        settled = Settings(tries=tries, timeout=timeout, first_wait=0.01, **settings)
        model = ApiModel("stub", served.url, KEY, settled)
        try:
            for _ in range(times):
                reply = await model.reply(ASKED, wanted, watch)
            return reply
        finally:
            await model.close()

    return asyncio.run(asking())


def fault_of(*answers, **settings):
    with endpoint(*answers) as served:
        with pytest.raises(ChatFault) as fault:
            ask(served, **settings)
        return fault.value, served


def test_a_reply_tells_text_tokens_and_who_served_it():
    with endpoint(GOOD) as served:
        reply = ask(served)
    assert (reply.text, reply.finish, reply.tokens, reply.attempts) == ("はい", "stop", Tokens(100, 10), 1)
    assert reply.served == "stub-2026"
    assert served.keys == [f"Bearer {KEY}"]
    assert served.requests[0]["model"] == "stub"
    assert served.requests[0]["temperature"] == 0
    assert [message["role"] for message in served.requests[0]["messages"]] == ["system", "user"]


def test_a_form_is_sent_as_a_strict_schema():
    with endpoint(GOOD) as served:
        ask(served, FORM)
    sent = served.requests[0]["response_format"]
    assert sent["type"] == "json_schema"
    assert sent["json_schema"] == {"name": "topic", "strict": True, "schema": FORM.schema}


@pytest.mark.parametrize("refusal", ["response_format is not supported", "Bad Request"])
def test_an_endpoint_that_takes_no_form_is_asked_without_from_then_on(refusal):
    def answer(asked, number):
        return Answer({"error": {"message": refusal}}, 400) if "response_format" in asked else GOOD

    with endpoint(answer) as served:
        assert ask(served, FORM, times=2).text == "はい"
    assert [(asked.get("response_format") or {}).get("type") for asked in served.requests] == [
        *("json_schema", "json_object", None, None)
    ]


def test_an_endpoint_that_takes_no_schema_is_asked_for_an_object():
    def answer(asked, number):
        wanted = asked["response_format"]["type"]
        told = "response_format: json_schema is not supported by this model"
        return Answer({"error": {"message": told}}, 400) if wanted == "json_schema" else GOOD

    with endpoint(answer) as served:
        assert ask(served, FORM, times=2, tries=1).text == "はい"
    assert [asked["response_format"]["type"] for asked in served.requests] == [
        *("json_schema", "json_object", "json_object")
    ]


@pytest.mark.parametrize(("form", "sent"), [("object", {"type": "json_object"}), ("free", None)])
def test_a_form_may_be_asked_for_in_a_weaker_way(form, sent):
    with endpoint(GOOD) as served:
        ask(served, FORM, form=form)
    assert served.requests[0].get("response_format") == sent


LOGPROBS = {"content": [{"token": "は", "logprob": -0.1, "top_logprobs": [{"token": "は", "logprob": -0.1}]}]}


def with_logprobs(told):
    return {**GOOD, "choices": [{**GOOD["choices"][0], "logprobs": told}]}


def test_what_else_a_form_might_have_held_is_asked_for_by_option():
    with endpoint(with_logprobs(LOGPROBS)) as served:
        assert ask(served, FORM, alternatives=True).choices == (Choice("は", {"は": -0.1}),)
        ask(served, FORM)
        ask(served, alternatives=True)
    assert [asked.get("top_logprobs") for asked in served.requests] == [20, None, None]
    assert [asked.get("logprobs") for asked in served.requests] == [True, None, None]


@pytest.mark.parametrize("told", ["This model takes no logprobs", "Bad Request"])
def test_an_endpoint_that_gives_no_alternatives_is_asked_without_and_keeps_to_the_form(told):
    def answer(asked, number):
        return Answer({"error": {"message": told}}, 400) if "logprobs" in asked else GOOD

    with endpoint(answer) as served:
        assert ask(served, FORM, alternatives=True, times=2, tries=1).choices == ()
    assert ["top_logprobs" in asked for asked in served.requests] == [True, False, False]
    assert all(asked["response_format"]["type"] == "json_schema" for asked in served.requests)


@pytest.mark.parametrize(
    "told", [None, [], "no", {"content": None}, {"content": [{"token": 3}]}, {"content": [{"top_logprobs": None}]}]
)
def test_odd_alternatives_are_none(told):
    with endpoint(with_logprobs(told)) as served:
        assert ask(served, FORM, alternatives=True).choices == ()


def test_temperature_and_length_are_those_of_the_settings():
    with endpoint(GOOD) as served:
        ask(served, temperature=0.7, longest_reply=33)
    assert (served.requests[0]["temperature"], served.requests[0]["max_tokens"]) == (0.7, 33)


def test_the_limit_of_tokens_goes_by_its_other_name_where_that_is_wanted():
    def answer(asked, number):
        wrong = "max_tokens" in asked or "temperature" in asked
        told = "max_tokens: use max_completion_tokens" if "max_tokens" in asked else "temperature must be 1"
        return Answer({"error": {"message": told}}, 400) if wrong else GOOD

    with endpoint(answer) as served:
        reply = ask(served)
    assert reply.attempts == 3
    assert served.requests[-1]["max_completion_tokens"] == served.requests[0]["max_tokens"]


def test_a_refusal_for_another_reason_leaves_the_form_in_for_the_next_question():
    odd = Answer({"error": {"message": "no", "code": "odd"}}, 400)
    with endpoint(odd, odd, odd, GOOD) as served:

        async def asking():
            model = ApiModel("stub", served.url, KEY, Settings(first_wait=0.01))
            with pytest.raises(ChatFault, match="odd") as fault:
                await model.reply(ASKED, FORM)
            assert not fault.value.final
            await model.reply(ASKED, FORM)
            await model.close()

        asyncio.run(asking())
    assert [(asked.get("response_format") or {}).get("type") for asked in served.requests] == [
        *("json_schema", "json_object", None, "json_schema")
    ]


@pytest.mark.parametrize(
    ("code", "kind"), [("context_length_exceeded", "too long"), ("content_filter", "content filter")]
)
def test_a_question_that_cannot_be_asked_is_not_asked_twice(code, kind):
    fault, served = fault_of(Answer({"error": {"message": "no", "code": code}}, 400), wanted=FORM)
    assert (fault.kind, fault.final, len(served.requests)) == (kind, False, 1)
    assert fault.tokens == Tokens()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_what_may_pass_is_tried_again(status):
    with endpoint(Answer({"error": {}}, status), Answer("<html>", status), GOOD) as served:
        reply = ask(served)
    assert (reply.text, reply.attempts) == ("はい", 3)


@pytest.mark.parametrize("header", ["1", lambda: formatdate(time.time() + 2, usegmt=True)])
def test_an_endpoint_that_asks_us_to_wait_is_given_the_time(header):
    value = header if isinstance(header, str) else header()
    with endpoint(Answer({}, 429, {"Retry-After": value}), GOOD) as served:
        started = time.monotonic()
        assert ask(served).attempts == 2
    assert time.monotonic() - started >= 0.9


def test_a_wait_of_an_hour_is_not_waited_for():
    fault, served = fault_of(Answer({}, 429, {"Retry-After": "3600"}))
    assert (fault.kind, fault.attempts, len(served.requests)) == ("rate limit", 1, 1)
    assert "3600 s" in str(fault)


@pytest.mark.parametrize("header", ["soon", "nan", "inf", f"Mon, 01 Jan {'9' * 30} 00:00:00 GMT"])
def test_a_wait_that_is_no_time_is_none(header):
    with endpoint(Answer({}, 429, {"Retry-After": header}), GOOD) as served:
        assert ask(served).attempts == 2


def test_the_number_of_attempts_is_bounded():
    fault, served = fault_of(Answer("down", 503), tries=3)
    assert (fault.kind, fault.attempts, len(served.requests), fault.final) == ("server error", 3, 3, False)


def test_a_stall_ends_at_the_time_out():
    started = time.monotonic()
    fault, _ = fault_of(Answer(GOOD, delay=3), tries=2, timeout=0.3)
    assert (fault.kind, fault.attempts) == ("timeout", 2)
    assert time.monotonic() - started < 2


def test_a_connection_that_breaks_off_is_tried_again():
    with endpoint(Answer(GOOD, cut=True), GOOD) as served:
        assert ask(served).attempts == 2


def test_nobody_there_is_a_named_fault():
    with endpoint(GOOD) as served:
        pass
    with pytest.raises(ChatFault, match="connection"):
        ask(served, tries=2)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>gateway</html>", "no chat reply"),
        ("", "no chat reply"),
        ({"error": {"message": "overloaded"}}, "no chat reply"),
        ({"choices": []}, "no chat reply"),
        ({"choices": None}, "no chat reply"),
        ('{"choices": [{"message": {"content": "\\ud800"}}]}', "no chat reply"),
        (completion(None), "empty reply"),
        (completion(""), "empty reply"),
        (completion(None, refusal="no"), "refusal"),
        (completion("half", finish="content_filter"), "content filter"),
        (completion(None, finish="length"), "cut off"),
    ],
)
def test_a_body_that_is_no_reply_is_a_named_fault(body, kind):
    fault, _ = fault_of(Answer(body), tries=2)
    assert fault.kind == kind


def test_tokens_of_replies_that_could_not_be_used_are_counted_too():
    with endpoint(completion(""), GOOD) as served:
        assert ask(served).tokens == Tokens(200, 20)
    fault, _ = fault_of(completion(""), tries=2)
    assert fault.tokens == Tokens(200, 20)


def test_tokens_are_unknown_once_a_request_may_have_cost_some_that_nobody_counted():
    with endpoint(Answer(GOOD, cut=True), GOOD) as served:
        assert ask(served).tokens is None
    with endpoint(Answer({}, 503), GOOD) as served:
        assert ask(served).tokens == Tokens(100, 10)


def test_tokens_that_the_endpoint_had_kept_are_told():
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 64}}
    with endpoint(completion("はい", usage=usage)) as served:
        assert ask(served).tokens == Tokens(100, 10, cached=64)


@pytest.mark.parametrize("details", [None, "64", {"cached_tokens": None}, {"cached_tokens": -1}])
def test_what_tells_no_kept_tokens_counts_none(details):
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": details}
    with endpoint(completion("はい", usage=usage)) as served:
        assert ask(served).tokens == Tokens(100, 10)


def test_who_watches_is_told_of_each_request_without_its_words():
    watch = Watching()
    with endpoint(Answer({}, 429, {"Retry-After": "0.01"}), Answer({"error": {}}, 400), GOOD) as served:
        ask(served, FORM, watch=watch)
    assert watch.before_calls == 3
    assert [(one.outcome, one.status, one.form) for one in watch.attempts] == [
        ("rate limit", 429, "json_schema"),
        ("request refused", 400, "json_schema"),
        ("answered", 200, "json_object"),
    ]
    assert [one.wait for one in watch.attempts] == [0.01, None, None]
    assert [one.tokens for one in watch.attempts] == [Tokens(), Tokens(), Tokens(100, 10)]
    assert (watch.attempts[-1].served, watch.attempts[-1].finish) == ("stub-2026", "stop")
    assert "秘密" not in repr(watch.attempts)


def test_a_request_that_is_given_up_is_told_too():
    watch = Watching()

    async def asking():
        model = ApiModel("stub", served.url, KEY)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await model.reply(ASKED, None, watch)
        await model.close()

    with endpoint(Answer(GOOD, delay=1)) as served:
        asyncio.run(asking())
    assert [(one.outcome, one.tokens) for one in watch.attempts] == [("given up", None)]


def test_what_is_asked_of_another_goes_by_one_connection_and_what_is_refused_is_known_to_both():
    def answer(asked, number):
        return Answer({"error": {}}, 400) if "response_format" in asked else GOOD

    async def asking():
        first = ApiModel("stub", served.url, KEY, Settings(first_wait=0.01))
        second = first.another()
        for _ in range(3):
            await first.reply(ASKED, FORM)
        await asyncio.gather(*(second.reply(ASKED, FORM) for _ in range(3)))
        await first.close()
        await second.close()

    with endpoint(answer) as served:
        asyncio.run(asking())
    assert ["response_format" in asked for asked in served.requests] == [True, True, *[False] * 6]
    assert len(set(served.ports)) == 2


@pytest.mark.parametrize(
    "usage",
    [
        *({}, "none", {"prompt_tokens": 9}, {"completion_tokens": 9}, {"prompt_tokens": 9, "completion_tokens": None}),
        *({"prompt_tokens": wrong, "completion_tokens": 9} for wrong in (None, "9", -1, 10**30)),
    ],
)
def test_an_endpoint_that_does_not_count_gives_no_tokens(usage):
    with endpoint(completion("はい", usage=usage)) as served:
        assert ask(served).tokens is None


@pytest.mark.parametrize(("status", "meant"), [(401, "it doesn't take the key"), (404, "it has no model of this name")])
def test_a_wrong_key_or_model_is_final_and_not_tried_again(status, meant):
    fault, served = fault_of(Answer({"error": {"code": "model_not_found", "message": "x"}}, status))
    assert fault.final
    assert len(served.requests) == 1
    assert str(fault).startswith(f"request refused: status {status} (model_not_found): {meant}")


def test_a_spent_quota_is_final_though_its_status_is_that_of_a_full_queue():
    fault, served = fault_of(Answer({"error": {"code": "insufficient_quota"}}, 429))
    assert fault.final
    assert len(served.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_neither_key_nor_words_are_in_a_fault_or_a_log(status, caplog, monkeypatch):
    monkeypatch.setenv("OPENAI_LOG", "debug")
    logging.getLogger("openai").setLevel(logging.DEBUG)

    def echoing(asked, number):
        words = asked["messages"][-1]["content"]
        return Answer({"error": {"message": f"{KEY} {words}", "code": KEY, "type": words, "param": KEY}}, status)

    with caplog.at_level(0):
        fault, served = fault_of(echoing, tries=2)
    told = str(fault) + caplog.text
    assert served.keys[0] == f"Bearer {KEY}"
    assert KEY not in told
    assert "秘密" not in told


@pytest.mark.parametrize("body", [completion(f"it is {KEY}"), {**GOOD, "model": KEY}])
def test_an_endpoint_that_repeats_the_key_is_not_listened_to(body):
    fault, _ = fault_of(body)
    assert (fault.kind, fault.final) == ("key in reply", True)
    assert KEY not in str(fault)


def test_words_that_are_no_text_are_a_named_fault():
    with endpoint(GOOD) as served:

        async def asking():
            model = ApiModel("stub", served.url, KEY)
            try:
                await model.reply([Message("user", "\ud800")])
            finally:
                await model.close()

        with pytest.raises(ChatFault, match="not sendable"):
            asyncio.run(asking())


def test_without_key_and_address_the_user_is_told_what_to_set(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(InputError, match="OPENAI_API_KEY: is not set"):
        api_model("gpt-4o-mini")


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://x/v1", "http://", "http://[::1", "http://x:99999/v1"])
def test_what_is_no_address_is_refused(monkeypatch, address):
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    with pytest.raises(InputError, match="OPENAI_BASE_URL"):
        api_model("x")


def test_a_key_with_a_line_end_is_refused_without_being_shown(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    with pytest.raises(InputError, match="OPENAI_API_KEY") as fault:
        api_model("x")
    assert KEY not in str(fault.value)


def test_an_endpoint_of_ones_own_needs_no_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with endpoint(GOOD) as served:
        monkeypatch.setenv("OPENAI_BASE_URL", served.url)

        async def asking():
            model = api_model("local")
            try:
                return model.name, (await model.reply(ASKED)).text
            finally:
                await model.close()

        assert asyncio.run(asking()) == ("openai:local", "はい")
