"""What a Prometheus reads: for the token's holder alone, and nothing of anybody's words or names."""

import os
import subprocess
import sys
from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cast import end, rate, talk
from kokorochat.web.metrics import page

TOKEN = "a-long-random-token-of-the-tests"


@pytest.fixture(autouse=True)
def _token(settings) -> None:
    settings.METRICS_TOKEN = TOKEN


@pytest.fixture
def read(client):
    """All samples as {(name, labels): value}."""

    def samples() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        families = list(text_string_to_metric_families(answer.text))
        assert len({family.name for family in families}) == len(families), "a family stands there twice"
        return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}

    return samples


@pytest.mark.django_db
@pytest.mark.parametrize("told", [None, "Bearer wrong", TOKEN, "Bearer ", "Bearer トークン"])
def test_without_the_token_the_page_does_not_exist(client, told):
    headers = {"Authorization": told} if told is not None else {}
    assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.django_db
def test_without_the_setting_no_token_opens_it(client, settings):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_sessions_are_counted_by_their_state(read, session):
    def state() -> dict[str, float]:
        found = read()
        states = ("planned", "running", "stopped", "unrated", "rated")
        return {s: found["kokorochat_sessions", (("state", s),)] for s in states}

    nothing = dict.fromkeys(state(), 0.0)
    assert state() == nothing | {"planned": 1}
    talk(session, "こんにちは。")
    assert state() == nothing | {"running": 1}
    end(session)
    assert state() == nothing | {"unrated": 1}
    rate(session)
    assert state() == nothing | {"rated": 1}


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_never_by_path(read, client):
    def counts() -> Counter[str]:
        found: Counter[str] = Counter()
        for (name, labels), value in read().items():
            if name == "kokorochat_requests_total":
                found[dict(labels)["route"]] += int(value)
        return found

    before = counts()
    client.get("/sign-in/a-secret-token")
    client.get("/no/such/page-of-あおい")
    after = counts()
    assert after["sign-in-by-link"] == before["sign-in-by-link"] + 1
    assert after["none"] == before["none"] + 1
    told = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    assert "secret" not in told
    assert "あおい" not in told


def test_several_processes_count_together_and_the_dead_have_no_sockets(tmp_path):
    count = (
        "from kokorochat.web.metrics.counters import REFUSALS, SOCKETS\n"
        "REFUSALS.labels('empty').inc(); SOCKETS.inc(3)\n"
    )
    environment = os.environ | {page.PROCESSES: str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", count], env=environment, check=True)
    read = (
        "import pathlib, sys; import django; django.setup()\n"
        "from prometheus_client import CollectorRegistry, generate_latest\n"
        "from kokorochat.web.metrics import page\n"
        "page._forget_the_dead(pathlib.Path(sys.argv[1]))\n"
        "together = CollectorRegistry(); page.MultiProcessCollector(together)\n"
        "print(generate_latest(together).decode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", read, str(tmp_path)], env=environment, check=True, capture_output=True, text=True
    )
    assert 'kokorochat_refusals_total{code="empty"} 2.0' in done.stdout
    assert "kokorochat_sockets 6.0" not in done.stdout
