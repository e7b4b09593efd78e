"""Nobody waits for each other: on PostgreSQL, two workers and the people of many sessions in each other's way."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg
import pytest

from kokorochat.web.fake_line.channel import Settings
from kokorochat.web.fake_line.server import SECRET, TOKEN, port_near, running
from kokorochat.web.replay.spawn import Platform
from line_bot import Phones
from parts import empty_postgres

SOURCE = Path(__file__).parents[2] / "src" / "kokorochat" / "web"
SECONDS = 8

_LOAD = """
import json, random, sys, threading, time
from collections import Counter
from uuid import uuid4
from kokorochat.web import server; server.set_up()
from django.db import OperationalError, connection
from django.utils import timezone
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.web.accounts import consent
from kokorochat.web.accounts.actions import add_person, make_sign_in_link
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.transports.line import inbox, linking

users, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
office = add_person(None, "office", "office", administrator=True)
counselor = add_person(None, "counselor", "counselor")
done, until = Counter(), time.monotonic() + seconds

def lead(number, user):
    draw = random.Random(number)
    client = add_person(None, f"client-{number}", "client")
    consent.accept(client, 1)
    linking.link(client, user)
    brought = []

    def session():
        return actions.pair(None, counselor, client, start=timezone.now())

    def bring(kind, **fields):
        event = {"type": kind, "webhookEventId": uuid4().hex, "timestamp": int(time.time() * 1000),
                 "source": {"type": "user", "userId": user}, "replyToken": uuid4().hex, **fields}
        inbox.store(json.dumps({"events": [event]}).encode())

    def write(text):
        brought.append(uuid4().hex)
        bring("message", message={"id": brought[-1], "type": "text", "text": text})

    def rate(one):
        actions.end(one.pk, counselor, uuid4())
        actions.give_feedback(one.pk, client, dict.fromkeys(ITEM_KEYS, 3), [])

    def code():
        linking.unlink(client)
        write(linking.make_code(client))

    def note():
        actions.keep_note(one.pk, counselor, str(draw.random()), queries.note_of(counselor, one).version)

    one = session()
    deeds = {
        "say": lambda: actions.say(one.pk, counselor, uuid4(), "はい。"),
        "write": lambda: write("ええ。"),
        "write again": lambda: write("それで。"),
        "stop": lambda: write("stop"),
        "stop at the desk": lambda: actions.stop(one.pk, counselor, uuid4()),
        "resume": lambda: actions.resume(one.pk, office, uuid4()),
        "unsend": lambda: brought and bring("unsend", unsend={"messageId": draw.choice(brought)}),
        "block": lambda: bring("unfollow"),
        "unblock": lambda: bring("follow"),
        "link": code,
        "note": note,
        "conditions": lambda: actions.set_conditions(
            one.pk, counselor, actions.Conditions(client_state=str(draw.random()))
        ),
        "seen": lambda: actions.mark_seen(one.pk, one.role_of(client.pk), 1),
        "alert": lambda: [actions.handle_alert(a.pk, office) for a in queries.waiting_alerts(office)[:1]],
        "sign in": lambda: make_sign_in_link(office, client),
        "rate": lambda: rate(one),
    }
    while time.monotonic() < until:
        name = draw.choice(list(deeds))
        try:
            deeds[name]()
            done[name] += 1
        except actions.RefusedError:
            done["refused"] += 1
        except OperationalError as fault:
            done[f"{type(fault.__cause__).__name__}"] += 1
        if name == "rate":
            one = session()
        time.sleep(0.005)
    connection.close()

threads = [threading.Thread(target=lead, args=pair) for pair in enumerate(users)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(done.most_common()))
"""


@pytest.mark.slow
def test_two_workers_and_everybody_else_never_wait_for_each_other(tmp_path: Path) -> None:
    """PostgreSQL breaks such a circle by undoing one of its steps, and counts how often it had to."""
    port = port_near("127.0.0.1", 8720)
    with (
        empty_postgres() as address,
        running(Settings(SECRET, TOKEN, "http://127.0.0.1:9/line/webhook"), "127.0.0.1", port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as fake,
    ):
        environment = Platform(database_url=address).environment | {
            "KOKOROCHAT_DATA": str(tmp_path),
            "KOKOROCHAT_LINE_SECRET": SECRET,
            "KOKOROCHAT_LINE_TOKEN": TOKEN,
            "KOKOROCHAT_LINE_API": f"http://127.0.0.1:{port}",
        }
        run = [sys.executable, "-m", "kokorochat", "web"]
        subprocess.run([*run, "migrate"], env=environment, check=True, capture_output=True, timeout=60)
        phones = Phones(fake)
        phones.faults(outcomes={"error": 0.1, "conflict": 0.1, "rate": 0.05})
        users = [phones.add(f"相談者{number}") for number in range(6)]
        workers = [subprocess.Popen([*run, "worker"], env=environment, stderr=subprocess.PIPE) for _ in range(2)]
        try:
            load = [sys.executable, "-c", _LOAD, json.dumps(users), str(SECONDS)]
            done = subprocess.run(load, env=environment, check=True, capture_output=True, text=True, timeout=120)
        finally:
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
            logs = [worker.communicate(timeout=60)[1].decode() for worker in workers]
        with psycopg.connect(address.replace("postgres:", "postgresql:", 1)) as database:
            asked = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            (deadlocks,) = database.execute(asked).fetchone() or (None,)
    counts = dict(json.loads(done.stdout))
    assert {"say", "write", "stop", "resume", "unsend", "block", "link", "rate"} <= set(counts), counts
    assert (deadlocks, "DeadlockDetected" in counts) == (0, False), (counts, logs)
    assert [line for log in logs for line in log.splitlines() if "trying again" in line] == []


def test_every_lock_is_taken_by_hold() -> None:
    """A stronger lock would wait for whoever adds a row that refers to the locked one."""
    takers = [str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if "select_for_update" in path.read_text()]
    assert takers == ["locks.py"]
