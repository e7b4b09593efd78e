"""Sign-ins and links that are over: their rows go, so that a copy of the database tells nothing of old ones."""

from django.contrib.sessions.models import Session as SignIn
from django.db.models import Model, QuerySet
from django.utils import timezone

from kokorochat.web.accounts.models import SignInLink

EVERY = 3600.0
"""Seconds."""
MOST_AT_ONCE = 500
"""Rows in one step: SQLite has one lock for all, and nobody shall wait for long."""


def forget_sign_ins() -> bool:
    """Take away some of what has expired; tells whether there may be more."""
    now = timezone.now()
    return delete_some(SignIn.objects.filter(expire_date__lt=now)) | delete_some(
        SignInLink.objects.filter(expires_at__lt=now)
    )


def delete_some(rows: QuerySet[Model]) -> bool:
    """Delete as many as one step may; tells whether there may be more."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    rows.filter(pk__in=keys).delete()
    return len(keys) == MOST_AT_ONCE
