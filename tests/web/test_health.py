"""Whether the platform can serve, told to whoever asks without a word too many."""

import pytest
from django.core.cache import cache
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


def test_it_lives_and_is_ready(client):
    assert client.get("/health").json() == {"status": "ok", "workers": 0}
    assert client.get("/health/ready").json() == {"status": "ok", "database": "ok"}


def test_it_is_not_ready_on_a_database_of_another_version(client):
    MigrationRecorder.Migration.objects.filter(app="roleplay").delete()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "failed", "database": "failed"})


def test_it_is_not_ready_without_its_redis_and_says_why_in_the_log_alone(client, settings, monkeypatch, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    def away(*_: object) -> None:
        raise ConnectionError("redis://user:secret@127.0.0.1:1 is away")

    monkeypatch.setattr(cache, "set", away)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["redis"]) == (503, "failed")
    assert "not ready: redis (ConnectionError)" in caplog.text
    assert "secret" not in caplog.text + answer.text
