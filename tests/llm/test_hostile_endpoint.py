"""An endpoint that means harm, and an environment that leads astray: no word goes elsewhere, and nothing fills up."""

import asyncio
import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from endpoint import KEY, Answer, completion, endpoint
from kokorochat.domain.errors import InputError
from kokorochat.llm.api import ApiModel, api_model
from kokorochat.llm.chat import ChatFault, Message, Settings
from kokorochat.llm.http import LONGEST_BODY

ASKED = (Message("user", "秘密の悩みです"),)


def ask(model):
    async def asking():
        try:
            return await model.reply(ASKED)
        finally:
            await model.close()

    return asyncio.run(asking())


def fault_of(url, tries=1):
    with pytest.raises(ChatFault) as fault:
        ask(ApiModel("stub", url, KEY, Settings(tries=tries, timeout=20.0, first_wait=0.01)))
    return fault.value


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_word_follows_a_redirect_to_another_place(status):
    with endpoint(completion("はい")) as elsewhere:
        away = Answer("", status, {"Location": f"{elsewhere.url}/chat/completions"})
        with endpoint(away) as served:
            fault = fault_of(served.url, tries=3)
    assert elsewhere.requests == []
    assert fault.final
    assert f"status {status}" in str(fault)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_asked_on_this_machine_passes_no_proxy(host, monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with endpoint(completion("はい")) as proxy, endpoint(completion("はい")) as served:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        monkeypatch.setenv("OPENAI_BASE_URL", served.url.replace("127.0.0.1", host))
        assert ask(api_model("stub", Settings(timeout=5))).text == "はい"
    assert proxy.requests == []
    assert len(served.requests) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "foo://127.0.0.1"),
        ("HTTPS_PROXY", ":::"),
        ("ALL_PROXY", "socks5://key:secret@127.0.0.1:1"),
        ("SSL_CERT_FILE", "/nowhere.pem"),
    ],
)
def test_an_environment_that_no_connection_can_be_made_of_is_told_without_its_values(name, value, monkeypatch):
    for other in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://endpoint.example/v1")
    with pytest.raises(InputError) as fault:
        api_model("stub")
    assert value not in str(fault.value)
    assert "PROXY" in str(fault.value)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000/v1\nX", "http://é..x/v1", "http://a\x1b[31m/v1"])
def test_an_address_that_nothing_can_be_sent_to_is_refused(address, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    with pytest.raises(InputError, match="is not the address of an endpoint"):
        api_model("stub")


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_body_without_end_is_cut_off(status):
    sent = []

    class Endless(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            piece = b" " * 65_536
            try:
                while len(sent) < 4000:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    sent.append(len(piece))
            except OSError:
                self.close_connection = True

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        fault = fault_of(f"http://127.0.0.1:{server.server_address[1]}/v1")
    finally:
        server.shutdown()
        server.server_close()
    assert fault.kind == "connection"
    assert "longer than" in str(fault)
    assert sum(sent) < LONGEST_BODY + 64 * 1024 * 1024


def test_a_small_body_that_swells_is_not_unpacked():
    packed = gzip.compress(json.dumps(completion("はい")).encode())

    class Packed(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Packed)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        fault = fault_of(f"http://127.0.0.1:{server.server_address[1]}/v1")
    finally:
        server.shutdown()
        server.server_close()
    assert "packed" in str(fault)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("body", ['{"choices":[{"message":{"content":"x","z":%s}}]}', '{"usage":%s}', "%s"])
def test_a_body_nested_beyond_measure_is_a_named_fault(status, body):
    with endpoint(Answer(body % ("[" * 200_000 + "]" * 200_000), status)) as served:
        assert fault_of(served.url).kind in ("no chat reply", "request refused")
