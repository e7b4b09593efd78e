"""How large a request may be.

It is read before it is known whose it is: so it is counted while it comes, and kept in memory alone.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

LARGEST_BODY = 1024 * 1024
"""Bytes; the longest notes need 180 KiB as a form, a hundred of LINE's longest messages less than this."""

_PAGE = """<!doctype html>
<html lang="ja"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>KokoroChat</title>
<h1>送信できませんでした</h1>
<p>内容が大きすぎます。保存はされていません。ブラウザの「戻る」で前の画面に戻り、短くしてからもう一度送信してください。</p>
<p lang="en">This is larger than anything that can be sent here; nothing was stored.
Go back, shorten it and send again.</p>
<p><a href="/">KokoroChat</a></p>
</html>
"""
"""In both languages and without the platform's frame: nothing is known yet of who asks, nor read of what they sent."""

_Scope = dict[str, Any]
_Receive = Callable[[], Awaitable[Mapping[str, Any]]]
_Send = Callable[[Mapping[str, Any]], Awaitable[None]]
_Application = Callable[[_Scope, _Receive, _Send], Awaitable[None]]


class _TooLargeError(Exception):
    """More has come than may."""


def limited(application: _Application, most: int = LARGEST_BODY) -> _Application:
    """Answer a request of more than `most` bytes with 413, without reading the rest."""

    async def guarded(scope: _Scope, receive: _Receive, send: _Send) -> None:
        taken = 0

        async def counted() -> Mapping[str, Any]:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body") or b"")
            if taken > most:
                raise _TooLargeError
            return message

        if _declared(scope) > most:
            await _refuse(send)
            return
        try:
            await application(scope, counted, send)
        except _TooLargeError:
            await _refuse(send)

    return guarded


def _declared(scope: _Scope) -> int:
    """What the request says of its length; 0 if it says nothing that can be read."""
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(told) if told.isdigit() and len(told) < 20 else 0


async def _refuse(send: _Send) -> None:
    text = _PAGE.encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})
