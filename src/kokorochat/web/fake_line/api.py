"""The bot's side: the endpoints of the Messaging API, with their checks, errors, and the faults that were asked for."""

import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from kokorochat.web.fake_line.channel import Channel
from kokorochat.web.fake_line.faults import Outcome
from kokorochat.web.fake_line.http import Answer, Refusal, Request, Route, as_json
from kokorochat.web.fake_line.ledger import Acceptance, Call
from kokorochat.web.fake_line.messages import faults_of
from kokorochat.web.fake_line.people import Person

_SENDING = ("message/push", "message/reply")
_LOADING_SECONDS = range(5, 61, 5)
_LONGEST_WEBHOOK = 500


@dataclass
class _Asked:
    """One call while it is being answered.

    Attributes:
        acceptance: what it has led to, for the faults that come after it.
    """

    request: Request
    id: str
    fault: Outcome | None
    acceptance: Acceptance | None = None


_Method = Callable[[_Asked], Awaitable[Answer]]


class Api:
    """The endpoints of one channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def routes(self) -> list[Route]:
        """The table of endpoints."""
        table: list[tuple[str, str, _Method]] = [
            ("POST", "message/push", self._push),
            ("POST", "message/reply", self._reply),
            ("POST", "message/validate/push", self._validate),
            ("POST", "message/validate/reply", self._validate),
            ("GET", "message/quota", self._quota),
            ("GET", "message/quota/consumption", self._consumption),
            ("GET", "message/{message}/content", self._content),
            ("POST", "chat/loading/start", self._start_loading),
            ("POST", "chat/markAsRead", self._mark_as_read),
            ("GET", "info", self._info),
            ("GET", "profile/{user}", self._profile),
            ("POST", "user/{user}/linkToken", self._link_token),
            ("PUT", "channel/webhook/endpoint", self._set_webhook),
            ("GET", "channel/webhook/endpoint", self._webhook),
            ("POST", "channel/webhook/test", self._test_webhook),
            ("POST", "group/{group}/leave", self._leave),
            ("POST", "room/{group}/leave", self._leave),
        ]
        return [(verb, f"/v2/bot/{path}", self._guarded(path, method)) for verb, path, method in table]

    def _guarded(self, endpoint: str, method: _Method) -> Callable[[Request], Awaitable[Answer]]:
        """A method behind the token check and the faults, with its line in the ledger."""

        async def answer(request: Request) -> Answer:
            to, key = self._named(request), request.headers.get("x-line-retry-key", "")
            asked = _Asked(request, secrets.token_hex(16), self._fault(endpoint, to))
            try:
                found = await self._through_faults(method, asked)
            except Refusal as refusal:
                found = as_json(refusal.body, refusal.status)
            fault = asked.fault.value if asked.fault else ""
            self._channel.ledger.calls.append(Call(self._channel.stamp(), endpoint, to, key, fault, found.status))
            self._channel.change()
            if asked.fault is Outcome.TIMEOUT_AFTER:
                await self._channel.rest(self._channel.courier.faults.hang_seconds)
            headers = {"x-line-request-id": asked.id, **found.headers}
            return Answer(found.status, found.body, found.kind, headers)

        return answer

    def _fault(self, endpoint: str, to: str) -> Outcome | None:
        self._channel.tries[endpoint, to] += 1
        number, sends = self._channel.tries[endpoint, to], endpoint in _SENDING
        return self._channel.courier.faults.of_call(endpoint, to, number, sends=sends)

    async def _through_faults(self, method: _Method, asked: _Asked) -> Answer:
        given = asked.request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._channel.settings.token}".encode()):
            raise Refusal(
                401, "Authentication failed. Confirm that the access token in the authorization header is valid."
            )
        if asked.fault is Outcome.ERROR:
            raise Refusal(500, "Internal error")
        if asked.fault is Outcome.RATE:
            raise Refusal(429, "The API rate limit has been exceeded. Try again later.")
        if asked.fault is Outcome.SLOW:
            await self._channel.rest(self._channel.courier.faults.slow_seconds)
        answer = await method(asked)
        if asked.fault is Outcome.ERROR_AFTER:
            raise Refusal(500, "Internal error")
        if asked.fault is Outcome.CONFLICT and asked.acceptance and asked.acceptance.key:
            return _conflict(asked.acceptance)
        return answer

    def _named(self, request: Request) -> str:
        """The person whom a call is about, as far as it can be told before it is checked."""
        try:
            body = json.loads(request.body or b"{}")
        except (ValueError, RecursionError):
            return ""
        body = body if isinstance(body, dict) else {}
        named = body.get("to") or body.get("chatId") or request.parts.get("user")
        named = named or self._channel.replies_to(str(body.get("replyToken")))
        return named if isinstance(named, str) else ""

    # --- messages ---

    async def _push(self, asked: _Asked) -> Answer:
        body, key = asked.request.json(), _retry_key(asked.request)
        messages = _messages(body)
        before = self._channel.accepted_before(key) if key else None
        if before:
            return _conflict(before)
        person = self._friend(body.get("to"), "to")
        asked.acceptance = self._channel.push(person, messages, key, asked.id)
        return _sent(asked.acceptance)

    async def _reply(self, asked: _Asked) -> Answer:
        body = asked.request.json()
        if "x-line-retry-key" in asked.request.headers:
            raise Refusal(400, "The header X-Line-Retry-Key can't be used with this endpoint")
        messages = _messages(body)
        asked.acceptance = self._channel.reply(str(body.get("replyToken")), messages, asked.id)
        return _sent(asked.acceptance)

    async def _validate(self, asked: _Asked) -> Answer:
        _messages(asked.request.json())
        return as_json({})

    async def _quota(self, asked: _Asked) -> Answer:
        limit = self._channel.quota
        return as_json({"type": "none"} if limit is None else {"type": "limited", "value": limit})

    async def _consumption(self, asked: _Asked) -> Answer:
        return as_json({"totalUsage": self._channel.used})

    async def _content(self, asked: _Asked) -> Answer:
        kind, content = self._channel.contents.get(asked.request.parts["message"], ("", b""))
        if not content:
            raise Refusal(404, "Not found")
        return Answer(200, content, kind)

    async def _start_loading(self, asked: _Asked) -> Answer:
        body = asked.request.json()
        seconds = body.get("loadingSeconds", 20)
        if type(seconds) is not int or seconds not in _LOADING_SECONDS:
            raise _wrong("loadingSeconds", "Must be 5, 10, 15, … 60")
        person = self._friend(body.get("chatId"), "chatId")
        person.loading_until = self._channel.now() + seconds
        return as_json({}, 202)

    async def _mark_as_read(self, asked: _Asked) -> Answer:
        self._channel.mark_as_read(str(asked.request.json().get("markAsReadToken")))
        return as_json({})

    # --- people and the account ---

    async def _info(self, asked: _Asked) -> Answer:
        bot = {"userId": self._channel.user_id, "basicId": "@fake", "displayName": "KokoroChat (simulation)"}
        return as_json(bot | {"chatMode": "chat", "markAsReadMode": "manual"})

    async def _profile(self, asked: _Asked) -> Answer:
        person = self._channel.people.get(asked.request.parts["user"])
        if person is None or not person.friend or person.blocked:
            raise Refusal(404, "Not found")
        return as_json({"userId": person.id, "displayName": person.name, "language": "ja"})

    async def _link_token(self, asked: _Asked) -> Answer:
        person = self._channel.people.get(asked.request.parts["user"])
        if person is None:
            raise Refusal(404, "Not found")
        return as_json({"linkToken": self._channel.new_link_token(person)})

    async def _leave(self, asked: _Asked) -> Answer:
        self._channel.left.append(asked.request.parts["group"])
        return as_json({})

    def _friend(self, user_id: object, place: str) -> Person:
        person = self._channel.people.get(user_id) if isinstance(user_id, str) else None
        if person is None:
            raise _wrong(place, "Must be the id of a user who has added the bot")
        return person

    # --- the webhook ---

    async def _set_webhook(self, asked: _Asked) -> Answer:
        self._channel.webhook = _endpoint(asked.request.json())
        return as_json({})

    async def _webhook(self, asked: _Asked) -> Answer:
        if not self._channel.webhook:
            raise Refusal(404, "Webhook endpoint not found")
        return as_json({"endpoint": self._channel.webhook, "active": True})

    async def _test_webhook(self, asked: _Asked) -> Answer:
        body = asked.request.json() if asked.request.body else {}
        url = _endpoint(body) if "endpoint" in body else self._channel.webhook
        if not url:
            raise Refusal(404, "Webhook endpoint not found")
        post = await self._channel.courier.test(url)
        reason = post.reason.upper() or "OK"
        told: dict[str, Any] = {"success": not post.reason, "statusCode": post.status, "reason": reason}
        moment = datetime.fromtimestamp(post.at / 1000, UTC).isoformat().replace("+00:00", "Z")
        return as_json(told | {"timestamp": moment, "detail": str(post.status or reason)})


def _retry_key(request: Request) -> str:
    key = request.headers.get("x-line-retry-key", "")
    if key:
        try:
            UUID(key)
        except ValueError:
            raise Refusal(400, "The retry key is not a UUID") from None
    return key


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    faults = faults_of(body.get("messages"))
    if faults:
        raise Refusal(400, f"The request body has {len(faults)} error(s)", faults)
    messages: list[dict[str, Any]] = body["messages"]
    return messages


def _endpoint(body: dict[str, Any]) -> str:
    url = body.get("endpoint")
    # The platform itself asks for HTTPS; on one machine there is no certificate to have.
    if not isinstance(url, str) or len(url) > _LONGEST_WEBHOOK or urlsplit(url).scheme not in ("http", "https"):
        raise _wrong("endpoint", "Must be an address of at most 500 characters")
    return url


def _wrong(place: str, message: str) -> Refusal:
    return Refusal(400, "The request body has 1 error(s)", [{"message": message, "property": place}])


def _sent_messages(acceptance: Acceptance) -> list[dict[str, str]]:
    return [{"id": message["id"], "quoteToken": f"quote-{message['id']}"} for message in acceptance.messages]


def _sent(acceptance: Acceptance) -> Answer:
    return as_json({"sentMessages": _sent_messages(acceptance)})


def _conflict(acceptance: Acceptance) -> Answer:
    told = {"message": "The retry key is already accepted", "sentMessages": _sent_messages(acceptance)}
    return as_json(told, 409, {"x-line-accepted-request-id": acceptance.request_id})
