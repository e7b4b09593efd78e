"""The people's side: the phone view, its JSON, and what tests ask and set. None of this is LINE's interface."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from kokorochat.domain.errors import InputError
from kokorochat.web.fake_line.channel import Channel
from kokorochat.web.fake_line.faults import Faults
from kokorochat.web.fake_line.http import Answer, Refusal, Request, Route, as_json
from kokorochat.web.fake_line.people import STICKERS, Person
from kokorochat.web.fake_line.words import LANGUAGES, page

_STATIC = Path(__file__).parent / "static"
_FILES = {"phone.css": "text/css", "phone.js": "text/javascript"}
_HEARTBEAT_SECONDS = 15.0
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Phone:
    """The phones of one channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def routes(self) -> list[Route]:
        """The table of pages and of their JSON."""
        one = "/fake/people/{person}"
        return [
            ("GET", "/", self._page),
            ("GET", "/static/{file}", self._file),
            ("GET", "/health", self._health),
            ("GET", "/dialog/bot/accountLink", self._link),
            ("GET", "/fake/stream", self._stream),
            ("GET", "/fake/people", self._people),
            ("POST", "/fake/people", self._add),
            ("GET", one, self._screen),
            ("POST", f"{one}/say", self._say),
            ("POST", f"{one}/sticker", self._sticker),
            ("POST", f"{one}/image", self._image),
            ("GET", "/fake/images/{message}", self._picture),
            ("POST", f"{one}/unsend", self._unsend),
            ("POST", f"{one}/tap", self._tap),
            ("POST", f"{one}/follow", self._follow),
            ("POST", f"{one}/block", self._block),
            ("POST", f"{one}/invite", self._invite),
            ("GET", "/fake/faults", self._faults),
            ("PUT", "/fake/faults", self._set_faults),
            ("PUT", "/fake/quota", self._set_quota),
            ("POST", "/fake/clock", self._put_clock_ahead),
            ("POST", "/fake/webhook", self._send_raw),
            ("GET", "/fake/ledger", self._ledger),
        ]

    # --- pages ---

    async def _page(self, request: Request) -> Answer:
        cookies = dict(part.strip().partition("=")[::2] for part in request.headers.get("cookie", "").split(";"))
        wished = request.query.get("language") or cookies.get("language", "")
        language = wished if wished in LANGUAGES else LANGUAGES[0]
        headers = {
            "content-security-policy": _POLICY,
            "referrer-policy": "no-referrer",
            "content-language": language,
            "set-cookie": f"language={language}; Path=/; SameSite=Lax; Max-Age=31536000",
        }
        return Answer(200, page(language).encode(), "text/html; charset=utf-8", headers)

    async def _file(self, request: Request) -> Answer:
        name = request.parts["file"]
        if name not in _FILES:
            raise Refusal(404, "Not found")
        return Answer(200, (_STATIC / name).read_bytes(), f"{_FILES[name]}; charset=utf-8")

    async def _health(self, request: Request) -> Answer:
        return as_json({"ok": True, "webhook": self._channel.webhook})

    async def _link(self, request: Request) -> Answer:
        """The end of account linking: the platform sends its visitor here with the token and its nonce."""
        person = self._channel.link(request.query.get("linkToken", ""), request.query.get("nonce", ""))
        return Answer(303, b"", headers={"location": f"/#{person.id}"})

    # --- what the page shows ---

    async def _stream(self, request: Request) -> Answer:
        """A number each time when something has changed; the page then fetches what it shows."""

        async def pieces() -> AsyncIterator[bytes]:
            seen = self._channel.version
            yield f"data: {seen}\n\n".encode()
            while not self._channel.stopped:
                try:
                    seen = await asyncio.wait_for(self._channel.changed(seen), _HEARTBEAT_SECONDS)
                    yield f"data: {seen}\n\n".encode()
                except TimeoutError:
                    yield b": still here\n\n"

        return Answer(200, kind="text/event-stream", pieces=pieces())

    async def _people(self, request: Request) -> Answer:
        stickers = [sticker.glyph for sticker in STICKERS]
        account = {"webhook": self._channel.webhook, "quota": self._channel.quota, "used": self._channel.used}
        people = [person.summary() for person in self._channel.people.values()]
        recent = [
            {
                "kind": delivery.kind,
                "person": self._channel.people[delivery.person].name,
                "forged": delivery.forged,
                "posts": [post.status for post in delivery.posts],
                "due": delivery.due,
            }
            for delivery in reversed(self._channel.ledger.deliveries[-8:])
        ]
        return as_json(account | {"people": people, "stickers": stickers, "recent": recent})

    async def _screen(self, request: Request) -> Answer:
        """A phone; with `?more_than=N` as soon as it holds more than N messages, or after a while."""
        person, least = self._person(request), request.query.get("more_than", "")
        if least:
            if not least.isdecimal():
                raise Refusal(400, "more_than is a number of messages")
            with suppress(TimeoutError):
                async with asyncio.timeout(_HEARTBEAT_SECONDS):
                    while len(person.bubbles) <= int(least) and not self._channel.stopped:
                        await self._channel.changed(self._channel.version)
        return self._shown(person)

    async def _picture(self, request: Request) -> Answer:
        kind, content = self._channel.contents.get(request.parts["message"], ("", b""))
        if not content:
            raise Refusal(404, "Not found")
        return Answer(200, content, kind, {"x-content-type-options": "nosniff"})

    # --- what a person does ---

    async def _add(self, request: Request) -> Answer:
        return self._shown(self._channel.add_person(_text(_own(request), "name")))

    async def _say(self, request: Request) -> Answer:
        values, person = _own(request), self._person(request)
        bubble = self._channel.say(person, _text(values, "text"), str(values.get("quoted", "")))
        return as_json(bubble.as_dict())

    async def _sticker(self, request: Request) -> Answer:
        number = _own(request).get("sticker")
        number = number if type(number) is int else -1
        return as_json(self._channel.send_sticker(self._person(request), number).as_dict())

    async def _image(self, request: Request) -> Answer:
        _check_own(request)
        kind = request.headers.get("content-type", "")
        return as_json(self._channel.send_image(self._person(request), kind, request.body).as_dict())

    async def _unsend(self, request: Request) -> Answer:
        person = self._person(request)
        self._channel.unsend(person, _text(_own(request), "message"))
        return self._shown(person)

    async def _tap(self, request: Request) -> Answer:
        values, person = _own(request), self._person(request)
        self._channel.tap(person, _text(values, "data"), str(values.get("said", "")))
        return self._shown(person)

    async def _follow(self, request: Request) -> Answer:
        _check_own(request)
        person = self._person(request)
        self._channel.follow(person)
        return self._shown(person)

    async def _block(self, request: Request) -> Answer:
        _check_own(request)
        person = self._person(request)
        self._channel.block(person)
        return self._shown(person)

    async def _invite(self, request: Request) -> Answer:
        _check_own(request)
        return as_json({"group": self._channel.invite(self._person(request))})

    # --- what tests and the form of faults set and ask ---

    async def _faults(self, request: Request) -> Answer:
        return as_json(self._channel.courier.faults.as_dict())

    async def _set_faults(self, request: Request) -> Answer:
        try:
            self._channel.courier.faults = Faults.of(_own(request))
        except InputError as fault:
            raise Refusal(400, f"{fault.place}: {fault.problem}") from None
        self._channel.change()
        return await self._faults(request)

    async def _set_quota(self, request: Request) -> Answer:
        """How many pushes a month has, None for no limit, and how many are counted."""
        values = _own(request)
        quota, used = values.get("quota"), values.get("used", self._channel.used)
        if not (quota is None or (type(quota) is int and quota >= 0)) or type(used) is not int or used < 0:
            raise Refusal(400, "quota and used are whole numbers; a quota of null is no limit")
        self._channel.quota, self._channel.used = quota, used
        self._channel.change()
        return as_json({"quota": quota, "used": used})

    async def _put_clock_ahead(self, request: Request) -> Answer:
        seconds = _own(request).get("forward")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds < 10**8:
            raise Refusal(400, "forward is a number of seconds")
        self._channel.ahead += seconds
        self._channel.change()
        return as_json({"now": self._channel.now()})

    async def _send_raw(self, request: Request) -> Answer:
        """Sign any events as they are given, send them once in one request, and tell the platform's answer."""
        events = _own(request).get("events")
        body = json.dumps({"destination": self._channel.user_id, "events": events}, ensure_ascii=False).encode()
        post = await self._channel.courier.post(self._channel.webhook, body, redelivery=False)
        return as_json({"status": post.status, "reason": post.reason, "seconds": post.seconds})

    async def _ledger(self, request: Request) -> Answer:
        return as_json(self._channel.ledger.as_dict() | {"left": self._channel.left})

    def _person(self, request: Request) -> Person:
        return self._channel.person(request.parts["person"])

    def _shown(self, person: Person) -> Answer:
        return as_json(person.screen(self._channel.now()))


def _own(request: Request) -> dict[str, Any]:
    """The JSON of a request that changes something."""
    _check_own(request)
    return request.json()


def _check_own(request: Request) -> None:
    """Refuse what another site's page sends from the same browser."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if origin is not None and origin.partition("://")[2] != host:
        raise Refusal(403, "This is for the fake's own page")


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal(400, f"{name} is missing")
    return value
