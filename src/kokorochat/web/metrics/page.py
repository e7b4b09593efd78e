"""The page that a Prometheus reads: what the processes have counted, and how the database stands."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from kokorochat.web.roleplay.models import Alert, Session

PROCESSES = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus-client knows where several processes count together."""


class DatabaseCollector(Collector):
    """How the database stands at the moment of the look: the same whichever process answers."""

    def collect(self) -> Iterator[Metric]:
        """Two queries."""
        begun, ended = Q(started_at__isnull=False), Q(ended_at__isnull=False)
        counts = Session.objects.aggregate(
            planned=Count("pk", filter=~begun & ~ended),
            running=Count("pk", filter=begun & ~ended & Q(stopped_at__isnull=True)),
            stopped=Count("pk", filter=begun & ~ended & Q(stopped_at__isnull=False)),
            unrated=Count("pk", filter=begun & ended & Q(feedback__isnull=True)),
            rated=Count("pk", filter=Q(feedback__isnull=False)),
        )
        sessions = GaugeMetricFamily("kokorochat_sessions", "Sessions by state", labels=["state"])
        for state, count in counts.items():
            sessions.add_metric([state], count)
        yield sessions
        waiting = Alert.objects.filter(handled_at__isnull=True).count()
        yield GaugeMetricFamily("kokorochat_alerts_waiting", "Alerts that nobody has handled", waiting)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has the token; for anyone else the page does not exist."""
    due = settings.METRICS_TOKEN
    if not due or not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {due}"):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DatabaseCollector())
    told = generate_latest(registry)
    if PROCESSES in os.environ:
        _forget_the_dead(Path(os.environ[PROCESSES]))
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        told += generate_latest(together)
    else:
        told += generate_latest(REGISTRY)
    return HttpResponse(told, content_type=CONTENT_TYPE_LATEST)


def _forget_the_dead(folder: Path) -> None:
    """A process that was killed can't take back its open sockets; whoever reads does it."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]
        except PermissionError:
            pass  # it lives, as somebody else's
