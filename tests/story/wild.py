"""Requests and frames that nobody sends by accident: what a fuzzer sends to every address of the platform."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from kokorochat.domain.feedback import CHECK_KEYS, ITEM_KEYS
from rights import PATHS, cells

LONGEST_QUERY = 6_000
METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
ODD = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\ud800",
        "x\udfff",
        "\ufffe",
        "\u202e",
        "\r\n\r\n",
        "%",
        "%00",
        "%zz",
        "../../etc/passwd",
    ),
    *(
        "-1",
        "0",
        "9" * 20,
        "9" * 400,
        "-" + "9" * 30,
        "1e400",
        "NaN",
        "inf",
        "٣",
        "１２",
        "0x10",
        "1_000",
        "True",
        "null",
    ),
    *("9999-12-31T23:59", "0001-01-01T00:00", "2026-02-30T00:00", "2026-11-26T99:99", "9999-12-31", "1969-12-31T00:00"),
    *(
        "'; DROP TABLE roleplay_event; --",
        '"',
        "{{7*7}}",
        "{% debug %}",
        "%(name)s",
        "{0.__class__}",
        "[]",
        "{}",
        "a[b]",
    ),
    *(
        "Workplace Issues",
        "played",
        "on",
        "3",
        "6",
        "contact",
        "en",
        "ja",
        "xx",
        "//example.org",
        "javascript:alert(1)",
    ),
    *(
        "人" * 5001,
        "a" * 20_001,
        "あ" * 61,
        "é" * 255,
        "x@example.org",
        "@",
        "12345678",
        "１２３４ ５６７８",
        "🙂" * 200,
    ),
)
texts = st.one_of(st.sampled_from(ODD), st.text(max_size=40), st.integers().map(str))
FIELDS = (
    *("text", "version", "words", "mood", "topic_main", "topic_sub", "client_state", "suicidal_thoughts", "counselor"),
    *("client", "start", "minutes", "username", "display_name", "password", "is_staff", "email", "new_password1"),
    *(
        "new_password2",
        "code",
        "next",
        "language",
        "page",
        "role",
        "version",
        "follows",
        "form-TOTAL_FORMS",
        "form-INITIAL_FORMS",
        "as",
    ),
    *("session", "until", "note", "back", "mood", "person", "action", "state", "active", "administrator"),
    *(f"form-{n}-{name}" for n in range(2) for name in ("japanese", "english", "contact")),
    *ITEM_KEYS,
    *CHECK_KEYS,
)
fields = st.dictionaries(st.one_of(st.sampled_from(FIELDS), texts), st.lists(texts, max_size=2), max_size=6)
rated = st.fixed_dictionaries({key: st.sampled_from([["3"], ["9"], ["\0"]]) for key in ITEM_KEYS})

CONTENT_TYPES = (
    *("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-16", "application/json"),
    *("application/x-www-form-urlencoded; charset=no-such", "multipart/form-data", "multipart/form-data; boundary=x"),
    *("multipart/form-data; boundary=" + "b" * 300, "text/plain; charset=\xff", "", ";", "a/b; c=d; c=e"),
)
FORM = CONTENT_TYPES[0]


def encoded(form: Mapping[str, Any]) -> bytes:
    """As a form, with lone surrogates as the bytes that a careless program would send for them."""
    return urlencode(form, doseq=True, errors="surrogatepass").encode()


def in_parts(form: Mapping[str, Any]) -> bytes:
    """As `multipart/form-data` with the boundary `x`; not always well-formed, for names are not escaped."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, values in form.items()
        for value in values
    ]
    return ("".join(parts) + "--x--\r\n").encode("utf-8", "surrogatepass")


bodies = st.one_of(
    st.tuples(st.just(FORM), fields.map(encoded)),
    st.tuples(st.just(FORM), rated.map(encoded)),
    st.tuples(st.just("multipart/form-data; boundary=x"), fields.map(in_parts)),
    st.tuples(st.sampled_from(CONTENT_TYPES), st.binary(max_size=200)),
    st.tuples(st.sampled_from(CONTENT_TYPES), fields.map(encoded)),
)
HEADERS = ("Accept-Language", "X-Part", "X-Forwarded-For", "X-Forwarded-Proto", "Authorization", "Range", "Cookie")
header_values = st.one_of(
    st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f"), max_size=30),
    st.sampled_from(
        ["django_language=\xe9; sessionid=\xff", "django_language=xx", "messages=a:b:c", "bytes=0-", "::1"]
    ),
)


@dataclass(frozen=True, repr=False)
class Request:
    """One request."""

    method: str
    name: str
    path: str
    query: bytes
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __repr__(self) -> str:
        """Short enough to be read; what is long is cut."""
        told = (self.method, self.path, self.query, self.headers, self.body)
        return " ".join(f"{part!r:.400}" for part in told)


_ANSWERED = sorted(
    {(name, method) for name, method, _, due in cells() if {"200", "302", "409", "422", "400"} & {*due.values()}}
)
"""Addresses and methods that do something for somebody."""


@st.composite
def requests(draw: st.DrawFn, known: Mapping[str, tuple[str, ...]]) -> Request:
    """Any request to any of the platform's addresses.

    Args:
        known: {placeholder of an address: what it may be filled with so that something is found}.
    """
    odd = st.tuples(st.sampled_from(sorted(PATHS)), st.sampled_from(METHODS))
    name, method = draw(st.one_of(st.sampled_from(_ANSWERED), st.sampled_from(_ANSWERED), odd))
    path = PATHS[name]
    for place, found in known.items():
        if place in path:
            wild = st.one_of(texts, st.binary(max_size=20))
            path = path.replace(place, quoted(draw(st.one_of(st.sampled_from(found), st.sampled_from(found), wild))))
    kind, body = draw(bodies)
    headers = draw(st.lists(st.tuples(st.sampled_from(HEADERS), header_values), max_size=2))
    raw = st.binary(max_size=20).map(lambda given: quote(given).encode())
    query = draw(st.one_of(st.just(b""), fields.map(encoded), raw))[:LONGEST_QUERY]
    return Request(method, name, path, query, (("Content-Type", kind), *headers), body)


def quoted(part: str | bytes) -> str:
    """A part of a path, whatever bytes it has."""
    return quote(part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass"), safe="")


# --- frames and events ---

values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        texts,
        st.sampled_from([2**31, 2**63, 2**64, -(2**63), 10**400]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


def objects(names: tuple[str, ...], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A JSON object with any of the names and wild values, but `given` as given."""
    optional = dict.fromkeys(names, values) | given
    return st.fixed_dictionaries({}, optional=optional)


def signed(secret: str, body: bytes) -> str:
    """As LINE signs."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


_message = objects(
    ("id", "type", "text", "emojis", "keywords", "quoteToken", "mention"),
    type=st.sampled_from(["text", "sticker", "image", "odd", ""]),
    id=st.one_of(texts, st.sampled_from(["5401", "5402"])),
    emojis=st.lists(objects(("index", "length")), max_size=2),
)
_source = objects(("type", "userId", "groupId"), userId=st.one_of(st.just("U" + "4" * 32), texts), type=st.just("user"))
_event = objects(
    ("type", "webhookEventId", "timestamp", "mode", "replyToken", "deliveryContext", "source", "message", "unsend"),
    type=st.sampled_from(["message", "unsend", "follow", "unfollow", "postback", "join", "accountLink", "odd"]),
    source=_source,
    message=_message,
    unsend=objects(("messageId",), messageId=st.sampled_from(["5401", "5402", "\0"])),
)
webhook_bodies = st.one_of(
    st.builds(lambda events: json.dumps({"destination": "U", "events": events}).encode(), st.lists(_event, max_size=3)),
    values.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=100),
    st.just(b'{"events":' + b"[" * 20_000),
)
