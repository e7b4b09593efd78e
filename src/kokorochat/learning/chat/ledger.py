"""The ledger: a line for each request that was sent, its time, tokens and cost; never a word of it, and never the key.

It only grows, through all runs that make one file of answers, also where these failed or were stopped.
"""

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from kokorochat.corpus.sources.containers import regular_file
from kokorochat.domain.errors import InputError
from kokorochat.llm.chat import Tokens
from kokorochat.tasks.lines import encode_line, file_bytes, read_lines


class LedgerHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="ledger"):
    """What the ledger is of.

    Attributes:
        version: of this package.
        model: as named on the command line.
        samples_digest: SHA-256 of the file of samples.
    """

    version: str
    model: str
    samples_digest: str


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One request.

    Attributes:
        sample: the sample's id.
        number: of the request among those for this sample in one run, from 1.
        at: when it was sent, UTC.
        waited: seconds before that, for limits and the budget.
        seconds: until the last byte, or the fault.
        outcome: "answered", a fault's name, or "given up".
        tokens: as the endpoint counts them; None if nobody did.
        cost: in `currency`; without a price none.
        assumed: nobody counted, so `cost` is the most that it may have been.
        status: of HTTP.
        form: the kind of `response_format` that was sent.
        warm: the endpoint had refused the temperature, and chose its own.
        served: the model's name as the endpoint gives it.
        finish: why the model stopped.
    """

    sample: str
    number: int
    at: str
    waited: float
    seconds: float
    outcome: str
    tokens: Tokens | None
    cost: float | None = None
    currency: str | None = None
    assumed: bool = False
    status: int | None = None
    form: str | None = None
    warm: bool = False
    served: str | None = None
    finish: str | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """Requests summed up.

    Attributes:
        uncounted: requests whose tokens nobody knows.
        cost: {currency: amount}; of it `assumed` is the most that the uncounted ones may have been.
        served: {model's name as the endpoint gives it: answers}.
        warm: requests under a temperature of the endpoint's own.
    """

    requests: int
    tokens: Tokens
    uncounted: int
    cost: dict[str, float]
    assumed: dict[str, float]
    served: dict[str, int]
    warm: int


def bill(requests: Sequence[Request]) -> Bill:
    """The sum of requests."""

    def amounts(some: Iterable[Request]) -> dict[str, float]:
        found: dict[str, float] = {}
        for one in some:
            if one.currency is not None:
                found[one.currency] = found.get(one.currency, 0.0) + (one.cost or 0.0)
        return found

    return Bill(
        requests=len(requests),
        tokens=sum((one.tokens for one in requests if one.tokens), Tokens()),
        uncounted=sum(one.tokens is None for one in requests),
        cost=amounts(requests),
        assumed=amounts(one for one in requests if one.assumed),
        served=dict(Counter(one.served for one in requests if one.served).most_common()),
        warm=sum(one.warm for one in requests),
    )


def read_ledger(path: Path) -> tuple[LedgerHeader, list[Request]]:
    """Read a ledger.

    Raises:
        InputError: it can't be read, or a line is broken; it names file and line.
    """
    return read_lines(file_bytes(path), path, LedgerHeader, Request)


class Ledger:
    """A ledger that is being kept.

    Attributes:
        before: the requests of earlier runs; `requests` those of this one.
    """

    def __init__(self, path: Path, before: Sequence[Request], file: BinaryIO) -> None:
        self._path, self._file, self._forced = path, file, time.monotonic()
        self.before, self.requests = before, list[Request]()

    def add(self, request: Request) -> None:
        """Write a request down; it outlives this process at once, and the machine from the next second on."""
        self.requests.append(request)
        self._file.write(encode_line(request, str(self._path)))
        self._file.flush()
        if time.monotonic() - self._forced >= 1:
            os.fsync(self._file.fileno())
            self._forced = time.monotonic()


@contextmanager
def keep_ledger(path: Path, header: LedgerHeader) -> Iterator[Ledger]:
    """Go on with the ledger at a place, or begin it. A last line that was cut off by a kill is dropped.

    The file of answers keeps other runs away; so this needs no lock of its own.

    Raises:
        InputError: what is there is no ledger, or one of another model or of other samples; or it can't be written.
    """
    try:
        if path.exists():
            _drop_cut_line(path)
        before = list[Request]()
        if path.exists() and path.stat().st_size:
            there, before = read_ledger(path)
            for field, what in (("model", "another model"), ("samples_digest", "other samples")):
                if getattr(there, field) != getattr(header, field):
                    raise InputError(str(path), f"is the ledger of {what}", "Name another file with --out")
        with open(path, "ab", opener=regular_file) as file:
            if not path.stat().st_size:
                file.write(encode_line(header, str(path)))
                file.flush()
            try:
                yield Ledger(path, before, file)
            finally:
                with suppress(OSError):
                    os.fsync(file.fileno())
    except OSError as fault:
        raise InputError(str(path), f"can't be written ({fault.strerror})", "Make room, then --resume") from None


def _drop_cut_line(path: Path) -> None:
    data = file_bytes(path)
    whole = data.rfind(b"\n") + 1
    if whole < len(data) and data.startswith(b'{"kind":"ledger"'[: len(data)]):
        with path.open("rb+") as file:
            file.truncate(whole)
