"""Notices of feedback through workers that are killed: over LINE each comes once, by mail none comes twice."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from kokorochat.web.fake_line.channel import Settings
from kokorochat.web.fake_line.server import SECRET, TOKEN, port_near, running
from line_bot import Phones, wait_for
from mail_sink import taking_mail
from web.test_worker import environment, in_platform  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow

ON_LINE, BY_MAIL, KILLS = 8, 24, 6
FILL = """
import json, sys
from datetime import timedelta
from uuid import uuid4
from django.utils import timezone
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts.actions import add_person, keep_email
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.line import linking

by_mail, *users = json.loads(sys.argv[1])
agreed = actions.Conditions(TopicClass.OTHERS, "x")
for place in range(by_mail + len(users)):
    counselor, client = (add_person(None, f"{role}-{place}", role) for role in ("counselor", "client"))
    session = actions.pair(None, counselor, client, start=timezone.now(), conditions=agreed)
    for person in (counselor, client):
        actions.say(session.pk, person, uuid4(), "x")
    actions.end(session.pk, counselor, uuid4())
    ended = timezone.now() - timedelta(hours=4)
    Session.objects.filter(pk=session.pk).update(ended_at=ended, last_at=ended)
    if place < len(users):
        linking.link(client, users[place])
    elif place % 2:
        keep_email(client, f"client-{place}@example.org")
    else:
        keep_email(counselor, f"counselor-{place}@example.org")
        actions.give_feedback(session.pk, client, dict.fromkeys(ITEM_KEYS, 3), [])
"""
STANDING = """
import json
from kokorochat.web.roleplay.models import FeedbackNotice
print(json.dumps(list(FeedbackNotice.objects.order_by("pk").values_list("door", "state"))))
"""


def noon_here() -> str:
    """A zone in which it is about noon, whenever this runs: nobody is reminded at night."""
    hours = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-hours:+d}"


def test_a_killed_worker_loses_no_push_and_doubles_no_mail(environment: dict[str, str]) -> None:  # noqa: F811
    port = port_near("127.0.0.1", 8750)
    run = [sys.executable, "-m", "kokorochat", "web"]
    chance = random.Random(3)
    with (
        taking_mail(ponders=0.02) as sink,
        running(Settings(SECRET, TOKEN, "http://127.0.0.1:9/line/webhook"), "127.0.0.1", port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as fake,
    ):
        environment |= {
            "KOKOROCHAT_LINE_API": f"http://127.0.0.1:{port}",
            "KOKOROCHAT_EMAIL_URL": sink.url,
            "KOKOROCHAT_TIME_ZONE": noon_here(),
        }
        subprocess.run([*run, "migrate"], env=environment, check=True, capture_output=True, timeout=60)
        phones = Phones(fake)
        users = [phones.add(f"みどり{number}") for number in range(ON_LINE)]
        in_platform(environment, FILL, json.dumps([BY_MAIL, *users]))

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen([*run, "worker"], env=environment, stderr=subprocess.DEVNULL)

        def standing() -> list[list[Any]]:
            return json.loads(in_platform(environment, STANDING))

        workers = [start(), start()]
        try:
            for kill in range(KILLS):
                # At first while notices are made and given their doors, then while they are sent.
                wait_for(lambda due=kill * 4: len(sink.taken) >= due, 60)
                time.sleep(chance.uniform(0, 0.15))
                victim = workers.pop(0)
                victim.kill()
                victim.wait(10)
                workers.append(start())
            wait_for(lambda: not [state for _, state in standing() if state == "waiting"], 90)
            wait_for(lambda: sum(map(len, (phones.screen(user) for user in users))) >= ON_LINE, 60)
            time.sleep(1)
        finally:
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
            for worker in workers:
                worker.wait(20)
        told = Counter(message["To"] for message in sink.taken)
        reminded = [[text for text in phones.screen(user) if "/feedback/" in text] for user in users]
    found = standing()
    lost = sum(state == "tried" for door, state in found if door == "mail")
    assert [len(texts) for texts in reminded] == [1] * ON_LINE
    assert set(told.values()) == {1}, "no mail comes twice"
    assert len(told) >= BY_MAIL - lost
    assert lost <= KILLS
    assert Counter(door for door, _ in found) == {"line": ON_LINE, "mail": BY_MAIL}
    assert {state for door, state in found if door == "line"} == {"sent"}
