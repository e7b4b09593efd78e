"""The platform's pages, used as a browser uses them: sign in by a link, send a form, fetch the export."""

import asyncio
import html
import io
import random
import re
import secrets
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from kokorochat.corpus.sources.published import decode
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import Feedback
from kokorochat.domain.topic import Topic

PATIENCE = 60.0
"""Seconds for which a platform that has answered once may stay away: a restart or a lost connection is no fault."""

_ANSWER_SECONDS = 300.0
_MOST_CONNECTIONS = 8
_UNAVAILABLE = (502, 503, 504)
_CONSENT = "/consent"
_PAIR = "/administration/sessions/new"
_MINUTE = "%Y-%m-%dT%H:%M"


@dataclass
class Visitor:
    """One browser: who is signed in lives in its cookies.

    Attributes:
        cookies: {name: value}; the page's language is English, so that refusals can be read in a terminal.
    """

    cookies: dict[str, str] = field(default_factory=lambda: {"django_language": "en"})

    @property
    def header(self) -> str:
        """The cookies as the `Cookie` header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


class Door:
    """The pages of one platform, for any number of visitors.

    A request that finds nobody is repeated until the platform is back; each method says what makes its repeat safe.

    Attributes:
        origin: scheme, host and port.
    """

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        """Name the platform; nothing is sent yet.

        Args:
            url: as `https://chat.example.org`.
            patience: seconds for which it may stay away.

        Raises:
            InputError: `url` has another form.
        """
        self.origin = origin_of(url)
        self.patience = patience
        self._ahead: timedelta | None = None
        self._client = httpx.AsyncClient(
            base_url=self.origin,
            timeout=_ANSWER_SECONDS,
            limits=httpx.Limits(max_connections=_MOST_CONNECTIONS),
            # Cookies belong to visitors, and a jar of the client's own would mix them.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def __aenter__(self) -> Self:
        """See that the platform answers.

        Raises:
            InputError: it doesn't.
        """
        try:
            response = await self._client.get("/health", timeout=10)
        except httpx.TransportError as fault:
            await self._client.aclose()
            raise InputError(
                self.origin, f"does not answer ({fault or type(fault).__name__})", "Start the platform, or use --spawn"
            ) from None
        if response.status_code != 200:
            await self._client.aclose()
            raise InputError(
                f"{self.origin}/health",
                f"answers {response.status_code} instead of 200",
                "Check that a KokoroChat platform is there, and that KOKOROCHAT_ORIGINS holds this address",
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def sign_in(self, link: str) -> Visitor:
        """A visitor who has opened a sign-in link and accepted the consent text; a link works more than once.

        Raises:
            InputError: the link is unknown, replaced or expired.
        """
        visitor, parts = Visitor(), urlsplit(link)
        response, _ = await self._send("GET", parts.path, visitor)
        if response.status_code != 302 or "sessionid" not in visitor.cookies:
            raise InputError(
                f"{self.origin}/sign-in/…",
                f"the sign-in link is not accepted ({response.status_code}): unknown, replaced or expired",
                "Make a new one on the platform's page of that person, or by `kokorochat web add-administrator NAME`",
            )
        await self._accept_consent(visitor)
        return visitor

    async def _accept_consent(self, visitor: Visitor) -> None:
        """As a person does before the first session; who has accepted it before is not asked."""
        page, _ = await self._send("GET", _CONSENT, visitor)
        if page.status_code != 200:
            raise InputError(
                f"{self.origin}{_CONSENT}",
                f"answers {page.status_code} instead of 200",
                "Use the replay of the same version as the platform",
            )
        if asked := re.search(r'<input[^>]*\bname="version"[^>]*\bvalue="(\d+)"', page.text):
            await self._submit(_CONSENT, visitor, lambda: {"version": asked[1]})

    async def add_person(self, administrator: Visitor, name: str) -> int:
        """A new account's number. Each try uses a sign-in name of its own, so a repeat leaves an unused account.

        Args:
            name: what the partner is shown, at most 60 characters.

        Raises:
            InputError: the visitor is no administrator, or the form is refused.
        """

        def form() -> dict[str, str]:
            return {"username": f"replay-{secrets.token_hex(8)}", "display_name": name}

        response = await self._submit("/administration/people/new", administrator, form)
        return int(response.headers["location"].rpartition("/")[2])

    async def sign_in_link(self, administrator: Visitor, person: int) -> str:
        """A new sign-in link of a person; a repeat replaces the one that was not received.

        Raises:
            InputError: the visitor is no administrator, or there is no such person.
        """
        page = await self._submit(f"/administration/people/{person}/link", administrator, dict, due=200)
        found = re.search(r'<input[^>]*\bid="link"[^>]*\bvalue="([^"]+)"', page.text)
        if found is None:
            raise InputError(
                f"{self.origin}/administration/people/{person}/link",
                "shows no sign-in link",
                "Use the replay of the same version as the platform",
            )
        return html.unescape(found[1])

    async def line_code(self, client: Visitor) -> str:
        """The code that a person types on LINE to link their account; a repeat replaces it.

        Raises:
            InputError: the platform has no LINE door.
        """
        page = await self._submit("/line", client, dict, due=200)
        found = re.search(r"<output>([^<]+)</output>", page.text)
        if found is None:
            raise InputError(
                f"{self.origin}/line", "shows no code", "Use the replay of the same version as the platform"
            )
        return html.unescape(found[1]).strip()

    async def is_linked(self, client: Visitor) -> bool:
        """Whether a person's LINE account is linked.

        Raises:
            InputError: the platform has no LINE door.
        """
        page, _ = await self._send("GET", "/line", client)
        if page.status_code != 200:
            raise self._refusal("/line", page)
        return "/line/unlink" in page.text

    async def pair(self, administrator: Visitor, counselor: int, client: int, topic: Topic | None) -> str:
        """The code of a new session of two people; a repeat leaves a session that nobody enters.

        Raises:
            InputError: the visitor is no administrator, or the form is refused.
        """
        form = {"counselor": str(counselor), "client": str(client), "minutes": "60"}
        form["start"] = (datetime.now() + await self._clock_ahead(administrator)).strftime(_MINUTE)
        if topic is not None:
            form |= {"topic_main": topic.main.value, "topic_sub": topic.sub}
        response = await self._submit(_PAIR, administrator, lambda: form)
        return str(httpx.URL(response.headers["location"]).params["new"])

    async def _clock_ahead(self, administrator: Visitor) -> timedelta:
        """How far the platform's clock on the wall is ahead of ours: it may lie in another time zone.

        The form that pairs people proposes the present minute; it is looked at once, for it names everybody.
        """
        if self._ahead is None:
            page, _ = await self._send("GET", _PAIR, administrator)
            found = re.search(r'<input[^>]*\bname="start"[^>]*\bvalue="([^"]+)"', page.text) or re.search(
                r'<input[^>]*\bvalue="([^"]+)"[^>]*\bname="start"', page.text
            )
            if page.status_code != 200 or found is None:
                raise self._refusal(_PAIR, page)
            quarters = (datetime.strptime(found[1], _MINUTE) - datetime.now()) / timedelta(minutes=15)
            self._ahead = timedelta(minutes=15) * round(quarters)
        return self._ahead

    async def give_feedback(self, client: Visitor, code: str, feedback: Feedback) -> None:
        """Send the feedback form; a repeat of one that was stored is refused by the platform, which is as good.

        Raises:
            InputError: the session has not ended, or the form is refused.
        """
        form = {key: str(value) for key, value in feedback.by_key().items()} | dict.fromkeys(feedback.checks, "on")
        await self._submit(f"/sessions/{code}/feedback", client, lambda: form, already=409)

    async def export(self, administrator: Visitor) -> list[Dialogue]:
        """Every finished session of the platform.

        Raises:
            InputError: the visitor is no administrator, or a file in the archive is not of the published shape.
        """
        place = f"{self.origin}/administration/export.zip"
        response, _ = await self._send("GET", "/administration/export.zip", administrator)
        if response.status_code != 200:
            raise self._refusal("/administration/export.zip", response)
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            names = [name for name in archive.namelist() if Path(name).suffix == ".json"]
            return [decode(archive.read(name), f"{place}, {name}") for name in names]

    async def _submit(
        self,
        path: str,
        visitor: Visitor,
        form: Callable[[], Mapping[str, str]],
        *,
        due: int = 302,
        already: int | None = None,
    ) -> httpx.Response:
        """Send a form; `already` is what a repeat is answered if the first try was stored and its answer lost."""
        response, tries = await self._send("POST", path, visitor, form)
        if response.status_code == due or (tries > 1 and response.status_code == already):
            return response
        raise self._refusal(path, response)

    async def _send(
        self, method: str, path: str, visitor: Visitor, form: Callable[[], Mapping[str, str]] | None = None
    ) -> tuple[httpx.Response, int]:
        """The answer, and after how many tries it came."""
        give_up = time.monotonic() + self.patience
        tries, wait = 0, 0.1
        while True:
            tries += 1
            headers = {"Cookie": visitor.header, "Origin": self.origin}
            headers["X-CSRFToken"] = visitor.cookies.get("csrftoken", "")
            try:
                response = await self._client.request(
                    method, path, headers=headers, data=form() if form is not None else None
                )
            except httpx.TransportError as fault:
                problem = f"stopped answering ({fault or type(fault).__name__})"
            else:
                if response.status_code not in _UNAVAILABLE:
                    visitor.cookies |= dict(response.cookies)
                    return response, tries
                problem = f"answers {response.status_code}"
            if time.monotonic() > give_up:
                raise InputError(f"{self.origin}{path}", problem, "See the platform's log, then start again")
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))
            wait = min(2 * wait, 2.0)

    def _refusal(self, path: str, response: httpx.Response) -> InputError:
        remedies = {
            302: "This visitor is signed out: use a fresh sign-in link",
            403: f"Check that KOKOROCHAT_ORIGINS of the platform holds {self.origin}",
            404: "Use an administrator's sign-in link",
            422: "Mend that value in the corpus, or leave the dialogue out",
            500: "See the platform's log",
        }
        if (path, response.status_code) == ("/line", 404):
            return InputError(f"{self.origin}/line", "there is no LINE door", "Set KOKOROCHAT_LINE_* on the platform")
        said = [html.unescape(text).strip() for text in re.findall(r'<p class="fault"[^>]*>([^<]+)</p>', response.text)]
        status = response.status_code
        return InputError(
            f"{self.origin}{path}",
            f"refused with {status}{': ' if said else ''}{' '.join(said[:2])}".rstrip("."),
            remedies.get(status, "Use the replay of the same version as the platform"),
        )


def origin_of(url: str) -> str:
    """Scheme, host and port of a platform's address.

    Raises:
        InputError: it isn't `http://host[:port]` or `https://host[:port]`.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or parts.path.strip("/") or parts.query:
        raise InputError(url, "is no address of a platform", "Write scheme, host and port, as http://127.0.0.1:8000")
    return f"{parts.scheme}://{parts.netloc}".lower()
