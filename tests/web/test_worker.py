"""The worker as an operator runs it: in processes of its own, any number of them, on either database."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kokorochat.web.fake_line.channel import Settings
from kokorochat.web.fake_line.server import SECRET, TOKEN, port_near, running
from kokorochat.web.worker import Duty, Worker
from line_bot import Phones, wait_for
from parts import empty_postgres

pytestmark = pytest.mark.slow

EACH = 12
"""Messages of each side of each session."""
FILL = """
import json, sys, time
from uuid import uuid4
from django.utils import timezone
from kokorochat.web.accounts import consent
from kokorochat.web.accounts.actions import add_person
from kokorochat.web.roleplay.actions import Conditions, pair, say
from kokorochat.web.transports.line import inbox, linking

each, *users = json.loads(sys.argv[1])
for place, user in enumerate(users):
    counselor, client = (add_person(None, f"{role}-{place}", role) for role in ("counselor", "client"))
    session = pair(None, counselor, client, start=timezone.now(), conditions=Conditions())
    consent.accept(client, 1)
    linking.link(client, user)
    for number in range(each):
        say(session.pk, counselor, uuid4(), f"counselor {number}")
events = [
    {"type": "message", "webhookEventId": f"{place}-{number}", "timestamp": int(time.time() * 1000) + number,
     "source": {"type": "user", "userId": user},
     "message": {"id": f"{place}-{number}", "type": "text", "text": f"client {number}"}}
    for number in range(each) for place, user in enumerate(users)
]
inbox.store(json.dumps({"events": events}).encode())
"""
STANDING = """
import json
from kokorochat.web import signs
from kokorochat.web.roleplay.models import Event, Session
from kokorochat.web.transports.line.models import InboundEvent, Outgoing

heard = Event.objects.filter(role="client", kind="utterance").order_by("number")
print(json.dumps({
    "workers": signs.workers(),
    "waiting": InboundEvent.objects.filter(state="waiting").count() + Outgoing.objects.filter(state="waiting").count(),
    "heard": [list(heard.filter(session=session).values_list("text", flat=True)) for session in Session.objects.all()],
}))
"""


@pytest.fixture(params=["sqlite", "postgres"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings of a platform with a LINE door and an empty database."""
    ours = ("KOKOROCHAT_", "DJANGO_", "DATABASE_URL", "REDIS_URL")
    made = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
        "KOKOROCHAT_DATA": str(tmp_path),
        "KOKOROCHAT_ORIGINS": "http://127.0.0.1:9",
        "KOKOROCHAT_LINE_SECRET": SECRET,
        "KOKOROCHAT_LINE_TOKEN": TOKEN,
    }
    if request.param == "sqlite":
        yield made
    else:
        with empty_postgres() as address:
            yield made | {"DATABASE_URL": address}


def in_platform(environment: dict[str, str], code: str, *arguments: str) -> str:
    """What code prints that runs where the platform's settings hold."""
    code = "from kokorochat.web import server; server.set_up()\n" + code
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def standing(environment: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(in_platform(environment, STANDING))
    return found


def test_two_at_once_double_nothing_and_end_when_they_are_told(environment: dict[str, str]) -> None:
    port = port_near("127.0.0.1", 8700)
    environment["KOKOROCHAT_LINE_API"] = url = f"http://127.0.0.1:{port}"
    run = [sys.executable, "-m", "kokorochat", "web"]
    subprocess.run([*run, "migrate"], env=environment, check=True, capture_output=True, timeout=60)
    with (
        running(Settings(SECRET, TOKEN, "http://127.0.0.1:9/line/webhook"), "127.0.0.1", port),
        httpx.Client(base_url=url, trust_env=False) as fake,
    ):
        phones = Phones(fake)
        users = [phones.add(name) for name in ("みどり", "すみれ", "こはく")]
        in_platform(environment, FILL, json.dumps([EACH, *users]))
        workers = [subprocess.Popen([*run, "worker"], env=environment, stderr=subprocess.PIPE) for _ in range(2)]
        try:
            due = len(users) * (EACH + 1)  # with the notice of the start
            wait_for(lambda: len(phones.ledger()["accepted"]) >= due, 60)
            wait_for(lambda: standing(environment)["waiting"] == 0, 60)
            assert standing(environment)["workers"] == 2
        finally:
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
            ended = [(worker.wait(20), worker.communicate()[1].decode()) for worker in workers]
        shown = [[text for text in phones.screen(user) if text.startswith("counselor ")] for user in users]
    assert ended == [(0, ""), (0, "")]
    assert shown == [[f"counselor {number}" for number in range(EACH)]] * len(users)
    found = standing(environment)
    assert found["heard"] == [[f"client {number}" for number in range(EACH)]] * len(users)
    assert found["workers"] == 0


@pytest.mark.django_db(transaction=True)
def test_an_event_of_a_talk_wakes_a_duty_and_what_somebody_has_seen_does_not() -> None:
    looks = threading.Semaphore(0)
    worker = Worker([Duty("looking", lambda: looks.release() or False, pause=60.0, woken=True)])
    worker.start()
    try:
        assert looks.acquire(timeout=10)
        worker.note_change(session_id=1)
        assert not looks.acquire(timeout=0.1)
        worker.note_change(session_id=1, number=1)
        assert looks.acquire(timeout=10)
    finally:
        worker.stop()
