"""The connection to an endpoint: where it leads, what it follows, and how much of a reply it takes."""

import os
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2
import openai

from kokorochat.domain.errors import InputError

LONGEST_BODY = 16 * 1024 * 1024
"""Bytes of one reply; a completion of as many tokens as are asked for has not a hundredth of it."""

NO_KEY = "none"
"""What is sent where there is no key: the client insists on one; an endpoint of one's own mostly ignores it."""

_THIS_MACHINE = re.compile(r"localhost|.*\.localhost|127(?:\.[0-9]+){3}|::1", re.IGNORECASE)
"""Hosts that no proxy of the environment stands before: what goes there must not leave the machine."""

_KEPT = 60.0
"""Seconds that an idle connection is kept: a talk that waits for a rate limit goes on where its start was read."""


class TooMuch(Exception):
    """A body that is not read, and why."""


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends with a fault once it is longer than a reply can be."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = 0
        async for piece in self._body:
            length += len(piece)
            if length > LONGEST_BODY:
                raise TooMuch(f"a body longer than {LONGEST_BODY // 1024 // 1024} MiB")
            yield piece

    async def aclose(self) -> None:
        await self._body.aclose()


async def _bound(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise TooMuch("a packed body, which was not asked for")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream)


def tls_context(base_url: str | None) -> ssl.SSLContext:
    """What certificates are trusted; made once for all connections, since reading them takes a tenth of a second.

    Raises:
        InputError: what the environment says of them can't be used.
    """
    with _told_without_values():
        return httpx2.create_ssl_context(trust_env=_trusts_environment(base_url))


def http_client(base_url: str | None, context: ssl.SSLContext, connections: int | None = None) -> httpx2.AsyncClient:
    """A client that goes where it is sent and nowhere else: by no redirect, and to this machine by no proxy.

    Args:
        base_url: of the endpoint; None for OpenAI's own.
        context: see `tls_context`.
        connections: at most so many at once.

    Raises:
        InputError: what the environment says of proxies can't be used.
    """
    with _told_without_values():
        return openai.DefaultAsyncHttpxClient(
            follow_redirects=False,
            trust_env=_trusts_environment(base_url),
            verify=context,
            headers={"Accept-Encoding": "identity"},
            event_hooks={"response": [_bound]},
            limits=httpx2.Limits(
                max_connections=connections or 1000,
                max_keepalive_connections=connections or 100,
                keepalive_expiry=_KEPT,
            ),
        )


@contextmanager
def _told_without_values() -> Iterator[None]:
    """Values of the environment may be secret, so only its names are told."""
    try:
        yield
    except (ValueError, ImportError, OSError, httpx2.InvalidURL) as fault:
        problem = f"no connection can be made by its proxies and certificates ({type(fault).__name__})"
        remedy = "Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE"
        raise InputError("the environment", problem, remedy) from None


def _trusts_environment(base_url: str | None) -> bool:
    return _THIS_MACHINE.fullmatch(urlsplit(base_url or "").hostname or "") is None


def address_and_key() -> tuple[str | None, str]:
    """The endpoint that the environment names: OPENAI_BASE_URL (None for OpenAI's own) and OPENAI_API_KEY.

    Raises:
        InputError: the address can't be one, OpenAI's own endpoint is meant and there is no key, or the key is none.
    """
    base_url, key = os.environ.get("OPENAI_BASE_URL") or None, os.environ.get("OPENAI_API_KEY") or None
    if base_url is not None:
        check_address(base_url, "OPENAI_BASE_URL")
    elif key is None:
        remedy = "Set it, or OPENAI_BASE_URL for an endpoint that asks for no key"
        raise InputError("OPENAI_API_KEY", "is not set", remedy)
    check_key(key, "OPENAI_API_KEY")
    return base_url, key or NO_KEY


def check_address(base_url: str, place: str) -> None:
    """See that there can be an endpoint at an address.

    Args:
        place: where it stands, for messages.

    Raises:
        InputError: it is no address.
    """
    try:
        parts = urlsplit(base_url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        good = good and base_url.isprintable() and bool(httpx2.URL(base_url).host)
    except (ValueError, httpx2.InvalidURL):
        good = False
    if not good:
        remedy = "Give the address up to /v1, such as http://127.0.0.1:8000/v1"
        raise InputError(place, "is not the address of an endpoint", remedy)


def check_key(key: str | None, place: str) -> None:
    """See that a key can be sent.

    Raises:
        InputError: it can't.
    """
    if key is not None and not all("!" <= letter <= "~" for letter in key):
        raise InputError(place, "holds white space or letters that no key has", "Set the key alone")
