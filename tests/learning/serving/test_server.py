"""The endpoint over real sockets: OpenAI's interface, one chat after the other, and errors that programs can read."""

import http.client
import json
import logging
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from kokorochat.cli import main
from kokorochat.domain.errors import InputError
from kokorochat.learning.serving import application
from kokorochat.learning.serving.server import KEY, Place, running
from kokorochat.learning.serving.speaking import Ended, load_speaker, name_of

SECRET = "a-long-and-random-key"
CHAT = {"model": "it", "messages": [{"role": "user", "content": "眠れません。"}]}


class Speaker:
    """Says the words of the last message one by one, each when it is let."""

    def __init__(self) -> None:
        self.go_on, self.began, self.left = threading.Event(), threading.Event(), threading.Event()
        self.go_on.set()
        self.fault = None

    def say(self, asked):
        self.began.set()
        try:
            for word in asked.messages[-1].content:
                assert self.go_on.wait(20)
                if self.fault:
                    raise self.fault
                yield word
            yield Ended("stop", 7, len(asked.messages[-1].content), 3)
        except GeneratorExit:
            self.left.set()
            raise

    def kept(self):
        return 5


@pytest.fixture
def speaker():
    made = Speaker()
    yield made
    made.go_on.set()


@contextmanager
def served(speaker, key=None, waiting=1):
    with running(speaker, Place("127.0.0.1", 0, "it", waiting), key) as url:
        yield url


def send(url, method="POST", path="/chat/completions", body=CHAT, **headers):
    """(status, headers, body) of a request."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, place.path + path, data, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def events(body):
    return [line.removeprefix("data: ") for line in body.decode().split("\n\n") if line]


def test_a_chat_is_answered(speaker):
    with served(speaker) as url:
        status, _, body = send(url)
        told = json.loads(body)
    assert status == 200
    assert told["object"] == "chat.completion"
    [choice] = told["choices"]
    assert choice == {"index": 0, "message": {"role": "assistant", "content": "眠れません。"}, "finish_reason": "stop"}
    assert told["usage"]["prompt_tokens_details"] == {"cached_tokens": 3}
    assert (told["usage"]["prompt_tokens"], told["usage"]["total_tokens"]) == (7, 13)


def test_a_stream_is_the_same_in_pieces(speaker):
    with served(speaker) as url:
        status, headers, body = send(url, body={**CHAT, "stream": True, "stream_options": {"include_usage": True}})
    *told, last = events(body)
    told = [json.loads(one) for one in told]
    assert (status, headers["Content-Type"], last) == (200, "text/event-stream", "[DONE]")
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in told[:-1]) == "眠れません。"
    assert [one["choices"][0]["finish_reason"] for one in told[-3:-1]] == [None, "stop"]
    assert told[-1]["usage"]["completion_tokens"] == 6
    assert len({one["id"] for one in told}) == 1


def test_it_tells_which_model_it_is_and_that_it_is_well(speaker):
    with served(speaker) as url:
        [model] = json.loads(send(url, "GET", "/models")[2])["data"]
        assert json.loads(send(url, "GET", "/models/it")[2]) == model
        health = json.loads(send(url.removesuffix("/v1"), "GET", "/health")[2])
    assert model["id"] == "it"
    assert health == {"status": "ok", "model": "it", "there": 0, "kept": 5}


def chat(**more):
    return {**CHAT, **more}


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, None),
        (b"\xff", 400, None),
        ([], 400, None),
        ({}, 400, "model"),
        (chat(model="another"), 404, "model"),
        (chat(messages=[]), 400, "messages"),
        (chat(messages=[{"role": "wizard", "content": "x"}]), 400, "messages"),
        (chat(messages=[{"role": "user", "content": [{"type": "image_url"}]}]), 400, "messages"),
        (chat(messages=[{"role": "assistant", "content": "x"}]), 400, "messages"),
        (chat(messages=[*CHAT["messages"], {"role": "system", "content": "x"}]), 400, "messages"),
        (b'{"model": "it", "messages": [{"role": "user", "content": "\\ud800"}]}', 400, None),
        (chat(temperature=-1), 400, "temperature"),
        (chat(max_tokens=0), 400, "max_tokens"),
        (chat(n=2), 400, "n"),
        (chat(tools=[{}]), 400, "tools"),
        (chat(logprobs=True), 400, "logprobs"),
        (chat(stop=["。"]), 400, "stop"),
        (chat(stream="perhaps"), 400, "stream"),
        (b"[" * 100_000, 400, None),
    ],
)
def test_what_can_not_be_answered_is_said_in_openais_shape(body, status, field, speaker):
    with served(speaker) as url:
        found, _, told = send(url, body=body)
    error = json.loads(told)["error"]
    assert found == status
    assert error["type"] == "invalid_request_error"
    assert set(error) == {"message", "type", "param", "code"}
    assert field is None or field in f"{error['param']} {error['message']}"
    assert not speaker.began.is_set()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/chat/completions", 405), ("POST", "/models", 405), ("GET", "/nowhere", 404), ("GET", "", 404)],
)
def test_other_addresses_and_methods_are_refused(method, path, status, speaker):
    with served(speaker) as url:
        found, _, told = send(url, method, path)
    assert found == status
    assert json.loads(told)["error"]["message"]


def test_what_a_strangers_page_can_send_from_a_browser_is_not_read(speaker):
    with served(speaker) as url:
        assert send(url, **{"Content-Type": "text/plain"})[0] == 415
    assert not speaker.began.is_set()


def test_without_the_key_only_its_health_is_told(speaker):
    with served(speaker, SECRET) as url:
        for shown in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"}, {"Authorization": SECRET}):
            status, headers, body = send(url, **shown)
            assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
            assert json.loads(body)["error"]["code"] == "invalid_api_key"
        assert send(url, "GET", "/models")[0] == 401
        assert send(url.removesuffix("/v1"), "GET", "/health")[0] == 200
        assert send(url, Authorization=f"Bearer {SECRET}")[0] == 200


def test_a_body_that_is_too_large_is_not_read_to_its_end(speaker, monkeypatch):
    monkeypatch.setattr(application, "LARGEST_BODY", 1000)
    with served(speaker) as url:
        status, _, told = send(url, body=b" " * 1001)
    assert (status, json.loads(told)["error"]["code"]) == (413, "body_too_large")


def test_a_body_that_does_not_come_is_not_waited_for(speaker, monkeypatch):
    monkeypatch.setattr(application, "BODY_SECONDS", 0.2)
    with served(speaker) as url:
        place = urlsplit(url)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
        connection.putrequest("POST", "/v1/chat/completions")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "100")
        connection.endheaders(b"{")
        assert connection.getresponse().status == 408


def test_chats_wait_for_each_other_and_one_too_many_is_asked_to_come_again(speaker):
    speaker.go_on.clear()
    answers = []
    with served(speaker, waiting=1) as url:
        asking = [threading.Thread(target=lambda: answers.append(send(url)[0])) for _ in range(2)]
        for thread in asking:
            thread.start()
        health = url.removesuffix("/v1")
        while json.loads(send(health, "GET", "/health")[2])["there"] < 2:
            time.sleep(0.01)
        status, headers, told = send(url)
        assert (status, json.loads(told)["error"]["code"]) == (503, "overloaded")
        assert 1 <= int(headers["Retry-After"]) <= 60
        speaker.go_on.set()
        for thread in asking:
            thread.join()
        assert answers == [200, 200]
        assert send(url)[0] == 200


def test_for_whoever_has_left_nothing_more_is_written(speaker):
    speaker.go_on.clear()
    with served(speaker) as url:
        place = urlsplit(url)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
        connection.request("POST", "/v1/chat/completions", json.dumps(CHAT), {"Content-Type": "application/json"})
        assert speaker.began.wait(10)
        connection.close()
        time.sleep(0.1)
        speaker.go_on.set()
        assert speaker.left.wait(10)
        assert send(url)[0] == 200


@pytest.mark.parametrize("streams", [False, True])
def test_a_model_that_fails_is_named_by_kind_and_the_next_chat_is_answered(streams, speaker, caplog):
    speaker.fault = KeyError("ひみつの言葉")
    with served(speaker) as url:
        status, _, told = send(url, body=chat(stream=streams))
        assert (status, json.loads(told)["error"]["code"]) == (500, "model_failed")
        assert "ひみつ" not in told.decode()
        speaker.fault = None
        assert send(url)[0] == 200
    assert "the model failed: KeyError" in caplog.text
    assert "ひみつ" not in caplog.text
    assert "眠れません" not in caplog.text


def test_a_model_that_fails_within_a_stream_ends_it_with_the_error(speaker):
    told = []
    with served(speaker) as url:
        say = speaker.say

        def breaking(asked):
            yield next(say(asked))
            raise ValueError

        speaker.say = breaking
        told = events(send(url, body=chat(stream=True))[2])
    assert json.loads(told[-1])["error"]["type"] == "server_error"
    assert "[DONE]" not in told


def test_nothing_is_logged_of_what_goes_well(speaker, caplog):
    caplog.set_level(logging.INFO)
    with served(speaker) as url:
        send(url)
    assert "眠れません" not in caplog.text
    assert "/v1" not in caplog.text


# --- how it is started ---


def refused(capsys, *arguments):
    assert main(["serve-model", *arguments]) == 2
    return capsys.readouterr().err


def test_other_machines_may_not_ask_without_a_key(capsys, monkeypatch):
    monkeypatch.delenv(KEY, raising=False)
    assert KEY in refused(capsys, "retrieval:x", "--host", "0.0.0.0")
    monkeypatch.setenv(KEY, "short")
    assert "16 characters" in refused(capsys, "retrieval:x")


def test_a_port_that_is_taken_is_named(capsys, speaker):
    with served(speaker) as url:
        assert str(urlsplit(url).port) in refused(capsys, "retrieval:x", "--port", str(urlsplit(url).port))


def test_a_folder_without_a_model_is_named(capsys, monkeypatch):
    monkeypatch.delenv(KEY, raising=False)
    assert "/there/is/none" in refused(capsys, "retrieval:/there/is/none", "--port", "0")


@pytest.mark.parametrize("spec", ["ordinal:x", "openai:x", "retrieval:", "nothing"])
def test_what_answers_no_chat_is_named(spec):
    with pytest.raises(InputError, match="answers no chat"):
        load_speaker(spec)


def test_a_model_is_asked_by_the_name_of_its_folder():
    assert name_of("finetuned:out/high") == "high"
    assert name_of("combined:out/a+small:out/b") == "a"
