"""The ledger: it only grows, a cut line is dropped, and its sums tell what was counted and what was assumed."""

import stat
from dataclasses import asdict

import msgspec
import pytest

from kokorochat.domain.errors import InputError
from kokorochat.learning.chat.ledger import LedgerHeader, Request, bill, keep_ledger, read_ledger
from kokorochat.llm.chat import Tokens

HEADER = LedgerHeader("1", "openai:x", "abc")


TOKENS = Tokens(10, 5, cached=2)


def a_request(sample="1", tokens=TOKENS, **more):
    told = {"number": 1, "at": "2026-11-26T09:00:00.000Z", "waited": 0.0, "seconds": 1.5, "outcome": "answered"}
    return Request(sample=sample, tokens=tokens, **{**told, **more})


def keep(path, *requests, header=HEADER):
    with keep_ledger(path, header) as ledger:
        for request in requests:
            ledger.add(request)
        return ledger


def test_requests_are_added_to_those_of_earlier_runs(tmp_path):
    path = tmp_path / "ledger.jsonl"
    keep(path, a_request("1"))
    ledger = keep(path, a_request("2"))
    assert [request.sample for request in ledger.before] == ["1"]
    assert read_ledger(path) == (HEADER, [a_request("1"), a_request("2")])


def test_it_has_the_rights_of_any_file_that_is_written(tmp_path):
    keep(tmp_path / "ledger.jsonl", a_request("1"))
    (tmp_path / "other").write_text("")
    assert stat.filemode((tmp_path / "ledger.jsonl").stat().st_mode) == stat.filemode(
        (tmp_path / "other").stat().st_mode
    )


@pytest.mark.parametrize("left", [1, 5, 40, 130])
def test_a_line_that_a_kill_cut_off_is_dropped(tmp_path, left):
    path = tmp_path / "ledger.jsonl"
    keep(path, a_request("1"))
    whole = path.read_bytes()
    with path.open("ab") as file:
        file.write(msgspec.json.encode(a_request("2"))[:left])
    keep(path)
    assert path.read_bytes() == whole


def test_a_header_that_a_kill_cut_off_is_written_again(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b'{"kind":"led')
    keep(path, a_request())
    assert read_ledger(path) == (HEADER, [a_request()])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"something else", "line 1"),
        (b'{"kind":"answers"}\n', "line 1"),
        (msgspec.json.encode(HEADER) + b'\n{"sample":1}\n', "line 2"),
    ],
)
def test_what_is_no_ledger_is_left_as_it_is(tmp_path, content, told):
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=told):
        keep(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("header", "told"),
    [(LedgerHeader("1", "openai:y", "abc"), "another model"), (LedgerHeader("1", "openai:x", "d"), "other samples")],
)
def test_the_ledger_of_other_work_is_not_gone_on_with(tmp_path, header, told):
    path = tmp_path / "ledger.jsonl"
    keep(path)
    with pytest.raises(InputError, match=told):
        keep(path, header=header)


def test_a_bill_sums_what_was_counted_and_tells_what_was_assumed():
    requests = [
        a_request(cost=1.0, currency="EUR", served="x-1"),
        a_request(cost=2.0, currency="EUR", served="x-1", warm=True),
        a_request(tokens=None, cost=4.0, currency="EUR", assumed=True, outcome="timeout"),
        a_request(tokens=Tokens(), cost=0.0, currency="USD", outcome="rate limit"),
        a_request(tokens=None, outcome="given up"),
    ]
    assert asdict(bill(requests)) == {
        "requests": 5,
        "tokens": {"prompt": 20, "completion": 10, "cached": 4},
        "uncounted": 2,
        "cost": {"EUR": 7.0, "USD": 0.0},
        "assumed": {"EUR": 4.0},
        "served": {"x-1": 2},
        "warm": 1,
    }
