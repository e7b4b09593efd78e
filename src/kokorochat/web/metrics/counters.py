"""What each serving process counts by itself.

Labels come from closed lists of the code: a route's name, a method, a status, a refusal's code. What a visitor can
choose is never a label; it would name people, and grow without end.
"""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("kokorochat_requests", "Answered requests", ["route", "method", "status"])
REQUEST_SECONDS = Histogram("kokorochat_request_seconds", "From a request to its answer", ["route"])
STORE_SECONDS = Histogram(
    "kokorochat_store_seconds",
    "From a socket's frame to the committed row",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
REFUSALS = Counter("kokorochat_refusals", "Frames of sockets that were refused", ["code"])
SOCKETS = Gauge("kokorochat_sockets", "Open sockets of talks", multiprocess_mode="livesum")
