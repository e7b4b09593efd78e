"""Which workers live: each gives a sign in the database, for whoever watches over the platform."""

from datetime import timedelta

from django.utils import timezone

from kokorochat.web.models import WorkerSign

EVERY = timedelta(seconds=10)
GONE_AFTER = timedelta(seconds=60)
"""A worker that has given no sign for so long is taken for dead."""


def give(name: str) -> None:
    """This worker lives. Signs of those long dead go."""
    now = timezone.now()
    WorkerSign.objects.update_or_create(name=name, defaults={"at": now})
    WorkerSign.objects.filter(at__lt=now - 10 * GONE_AFTER).delete()


def take_leave(name: str) -> None:
    """This worker ends."""
    WorkerSign.objects.filter(name=name).delete()


def workers() -> int:
    """How many have given a sign lately."""
    return WorkerSign.objects.filter(at__gt=timezone.now() - GONE_AFTER).count()
