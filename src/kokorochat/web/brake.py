"""A brake on guessing and flooding: so many tries in a while, then wait.

A try is counted before it is made and given back if it was good, so that tries made at once don't slip through. The
counts lie in the cache: in this process, or in Redis if several serve. They may be lost, which frees at most one more
round of tries; if Redis is away, each process counts by itself. What is counted (a sign-in name, an address) stands
there as a keyed code only.
"""

import ipaddress
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from math import ceil

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import salted_hmac

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limit:
    """So many tries in so many seconds, for each thing that is counted under this name."""

    name: str
    tries: int
    seconds: int


@dataclass(frozen=True)
class Counted:
    """A limit, and what it is counted for."""

    limit: Limit
    what: str

    def _key(self) -> str:
        turn = int(time.time() // self.limit.seconds)
        return f"brake:{salted_hmac(self.limit.name, f'{turn}:{self.what}', algorithm='sha256').hexdigest()}"

    def take(self) -> int:
        """Count a try; the seconds to wait if there were too many, else 0."""
        if self._add(1) <= self.limit.tries:
            return 0
        return ceil(self.limit.seconds - time.time() % self.limit.seconds)

    def give_back(self) -> None:
        """The try was good and does not count."""
        self._add(-1)

    def _add(self, step: int) -> int:
        key = self._key()
        for place in ("brake", "brake-alone"):
            try:
                caches[place].add(key, 0, self.limit.seconds * 2)
                return caches[place].incr(key, step)
            except Exception as fault:
                logger.warning("the shared count of tries is away: %s", type(fault).__name__)
        return 0


def take(*counted: Counted) -> int:
    """Count a try under several limits; the seconds to wait, 0 if none is reached."""
    return max([each.take() for each in counted], default=0)


def give_back(*counted: Counted) -> None:
    """The try was good under all of them."""
    for each in counted:
        each.give_back()


def address_of(request: HttpRequest) -> str:
    """Whence a request comes, as `network_of`."""
    return network_of(str(request.META.get("REMOTE_ADDR") or ""))


def network_of(given: str) -> str:
    """What counts as one visitor: an address, of an IPv6 the network of one customer (64 bits)."""
    try:
        address = ipaddress.ip_address(given)
    except ValueError:
        return given
    return given if address.version == 4 else str(ipaddress.ip_network(f"{given}/64", strict=False))


def limited(limit: Limit) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """For an endpoint that programs ask: too many requests from one address get 429 and when to come again."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: object, **options: object) -> HttpResponse:
            wait = take(Counted(limit, address_of(request)))
            if wait:
                refusal = {"error": "too many requests", "retry_after": wait}
                return JsonResponse(refusal, status=429, headers={"Retry-After": str(wait)})
            return view(request, *arguments, **options)

        return guarded

    return decorate
