"""Whether the platform can serve: for load balancers, scripts and the demo's start."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from kokorochat.web.brake import Limit, limited
from kokorochat.web.signs import workers

logger = logging.getLogger(__name__)

GOOD, BAD = "ok", "failed"
POLLS = Limit("health, address", 600, 60)
"""A load balancer asks every few seconds; a start asks twenty times a second."""


@require_safe
@limited(POLLS)
def health(request: HttpRequest) -> HttpResponse:
    """200 if the process answers and the database does: a process that fails this is to be started again.

    `workers` tells how many look after the platform's duties; 0 where there are none.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": GOOD, "workers": workers()})


@require_safe
@limited(POLLS)
def ready(request: HttpRequest) -> HttpResponse:
    """200 if people may be sent here: the database is of this version, and Redis answers where it is set.

    Each part is told by name, its fault in the log alone: the page is open to everybody.
    """
    parts = {"database": _database_is_ours}
    if settings.REDIS_URL:
        parts["redis"] = _redis_answers
    told = {name: GOOD if _holds(name, check) else BAD for name, check in parts.items()}
    whole = BAD if BAD in told.values() else GOOD
    return JsonResponse({"status": whole, **told}, status=200 if whole == GOOD else 503)


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as fault:
        logger.error("not ready: %s (%s)", name, type(fault).__name__)
        return False


def _database_is_ours() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _redis_answers() -> bool:
    cache.set("ready", True, 5)
    return cache.get("ready") is True
