"""Counts requests by the name of their route."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from kokorochat.web.metrics.counters import REQUEST_SECONDS, REQUESTS

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class CountingMiddleware:
    """One count and one time for each answered request; a path is never looked at, for it may hold a token."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and count."""
        begin = time.perf_counter()
        response = self.get_response(request)
        route = (request.resolver_match and request.resolver_match.url_name) or "none"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(route, method, response.status_code).inc()
        REQUEST_SECONDS.labels(route).observe(time.perf_counter() - begin)
        return response
