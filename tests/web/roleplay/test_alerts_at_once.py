"""An alert changes under its session's lock, so that a stop and whoever takes it up never wait in a circle."""

import os
import subprocess
import sys

import pytest

from parts import empty_postgres

TAKE_UP_DURING_A_STOP = """
import threading, time
from uuid import uuid4
from kokorochat.web import server; server.set_up()
server.migrate()
from django.db import connection, transaction
from django.utils import timezone
from kokorochat.web.accounts.actions import add_person, audit
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Alert, Session
counselor, client, office = (add_person(None, name, name, administrator=name == "office") for name in
                             ("counselor", "client", "office"))
session = actions.pair(None, counselor, client, start=timezone.now())
before = timezone.now()
alert = actions.raise_alert(session.pk, Alert.Kind.STOP)

def waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                       " AND datname = current_database()")
        return cursor.fetchone()[0]

deeds = [lambda: actions.handle_alert(alert.pk, office),
         lambda: actions.review(session.pk, office, before),
         lambda: actions.raise_alert(session.pk, Alert.Kind.STOP)]
threads = [threading.Thread(target=deed, daemon=True) for deed in deeds]
with transaction.atomic():
    # What a stop has done when it comes to the alert.
    Session.objects.select_for_update().get()
    audit(None, "session.stop", "session 1")
    for thread in threads:
        thread.start()
    until = time.monotonic() + 20
    while waits() < len(deeds):
        assert time.monotonic() < until, "something did not wait for the session"
        time.sleep(0.05)
    Alert.objects.select_for_update(nowait=True).get(pk=alert.pk)
for thread in threads:
    thread.join(20)
    assert not thread.is_alive()
assert Alert.objects.get(pk=alert.pk).handled_by == office
"""


@pytest.mark.slow
def test_whoever_takes_up_an_alert_waits_for_the_stop_and_holds_nothing_meanwhile(tmp_path):
    with empty_postgres() as address:
        environment = {**os.environ, "KOKOROCHAT_DATA": str(tmp_path / "data"), "DATABASE_URL": address}
        done = subprocess.run(
            [sys.executable, "-c", TAKE_UP_DURING_A_STOP], env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
