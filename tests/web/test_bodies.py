"""A request that is larger than anything that is ever sent is not read to its end."""

import pytest
from asgiref.testing import ApplicationCommunicator

from kokorochat.web.bodies import limited

MOST = 1000


async def takes_all(scope, receive, send) -> None:
    """An application that reads the whole body and tells its length."""
    length, more = 0, True
    while more:
        message = await receive()
        length, more = length + len(message["body"]), message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


async def status_of(parts: list[bytes], declared: bytes | None = None) -> int:
    headers = [] if declared is None else [(b"content-length", declared)]
    wire = ApplicationCommunicator(limited(takes_all, MOST), {"type": "http", "headers": headers})
    for place, part in enumerate(parts):
        await wire.send_input({"type": "http.request", "body": part, "more_body": place < len(parts) - 1})
    return int((await wire.receive_output())["status"])


@pytest.mark.parametrize(
    ("parts", "declared", "due"),
    [
        ([b"a" * MOST], None, 200),
        ([b"a" * (MOST + 1)], None, 413),
        ([b"a" * 400] * 3, None, 413),
        ([b""], b"1001", 413),
        ([b"a"], b"1000", 200),
        ([b"a"], b"-5", 200),
        ([b"a"], b"9" * 5000, 200),
    ],
    ids=["the most", "one more", "in parts", "announced", "announced within", "no number", "a huge number"],
)
async def test_a_body_is_taken_up_to_the_limit(parts, declared, due):
    assert await status_of(parts, declared) == due


async def test_the_rest_of_a_body_that_is_too_large_is_not_waited_for():
    wire = ApplicationCommunicator(limited(takes_all, MOST), {"type": "http", "headers": []})
    await wire.send_input({"type": "http.request", "body": b"a" * (MOST + 1), "more_body": True})
    assert (await wire.receive_output())["status"] == 413
    page = (await wire.receive_output())["body"].decode()
    assert 'href="/"' in page
    assert "送信できませんでした" in page
    assert "Go back, shorten it" in page
