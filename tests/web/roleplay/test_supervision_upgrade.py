"""Sessions that were there before supervision was are judged too, on either database."""

import json
import os
import subprocess
import sys

import pytest

from parts import empty_postgres

FROM_BEFORE = """
import json
from datetime import timedelta
from uuid import uuid4
from kokorochat.web import server; server.set_up()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
call_command("migrate", "accounts", verbosity=0)
call_command("migrate", "roleplay", "0004", verbosity=0)
loader = MigrationExecutor(connection).loader
nodes = [("roleplay", "0004_reasons_of_an_estimate"), *loader.graph.leaf_nodes("accounts")]
old = loader.project_state(nodes).apps
Session, Event, Feedback, Alert = (old.get_model("roleplay", name) for name in "Session Event Feedback Alert".split())
Person = old.get_model("accounts", "Person")
from kokorochat.domain.feedback import ITEM_KEYS
now = timezone.now()
people = [Person.objects.create(username=name, display_name=name) for name in "ab"]
office = Person.objects.create(username="c", display_name="c", is_staff=True)

def session(code, days, speakers, minutes=40, count=40, items=None):
    start = now - timedelta(days=days)
    one = Session.objects.create(code=code, counselor=people[0], client=people[1], planned_start=start,
                                 started_at=start if speakers else None, ended_at=start if speakers else None)
    for place in range(count if speakers else 0):
        Event.objects.create(session=one, number=place + 1, kind="utterance", sender=people[0], text="x",
                             role=speakers[place % len(speakers)], message_id=uuid4(),
                             at=start + timedelta(minutes=minutes * place / (count - 1)))
    if items:
        Feedback.objects.create(session=one, items=dict(zip(ITEM_KEYS, items)), checks=[], total=sum(items), rule="x",
                                given_at=now)
    return one

both, uneven = ("counselor", "client"), [1, 2, 3, 4] * 5
session("good", 1, both, items=uneven)
session("short", 1, both, minutes=20, items=uneven)
session("straight", 1, both, items=[4] * 19 + [5])
session("late", 3, both)
session("young", 1, both)
session("alone", 1, both[:1])
session("nobody", 1, ())
Alert.objects.create(session=session("alert", 1, both, items=uneven), kind="stop", raised_at=now)
server.migrate()
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.supervision import kinds_of, running, supervised, to_review
office = Person.objects.get(username="c")

def told():
    return {one.code: sorted(kind.value for kind in kinds_of(one)) for one in to_review(office)}

before = told()
for one in supervised(office):
    for alert in one.waiting:
        actions.handle_alert(alert.pk, office)
    actions.review(one.pk, office, timezone.now())
print(json.dumps([before, told(), running(office).count() + to_review(office).count()]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_sessions_from_before_are_judged_too_on_either_database(database, tmp_path):
    environment = {**os.environ, "KOKOROCHAT_DATA": str(tmp_path / "data")}

    def play() -> None:
        done = subprocess.run([sys.executable, "-c", FROM_BEFORE], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        before, after, count = json.loads(done.stdout)
        assert before == {
            "short": ["screened"],
            "straight": ["straight"],
            "late": ["late"],
            "alone": ["absent"],
            "nobody": ["absent"],
            "alert": ["alert"],
        }
        assert (after, count) == ({}, 0)

    if database == "sqlite":
        play()
    else:
        with empty_postgres() as environment["DATABASE_URL"]:
            play()
