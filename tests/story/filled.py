"""A platform with one of everything, in words of the caller's choice: what tests that walk over all pages need."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from kokorochat.web.replay.spawn import Platform
from rights import PATHS

_CODE = """
import json, sys
from uuid import uuid4
from kokorochat.web import server; server.set_up()
from django.utils import timezone
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts import consent
from kokorochat.web.accounts.actions import add_person, make_sign_in_link, name_email
from kokorochat.web.accounts.mail_address import token_of
from kokorochat.web.accounts.models import ConsentText, Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.actions.notices import make_feedback_link
from kokorochat.web.roleplay.models import Alert, Review, Session

given = json.load(sys.stdin)
texts, name = given["texts"], given["name"]
people = {who: add_person(None, who, who, administrator=who == "administrator") for who in
          ("counselor", "client", "administrator")}
ConsentText.objects.update(japanese=f"# {name}\\n\\n- {name}\\n\\n{name}", english=name)
for person in people.values():
    consent.accept(person, 1)
people["program"] = add_person(None, "program", "program", program=True)

def session():
    return actions.pair(None, people["counselor"], people["client"], start=timezone.now(),
                        conditions=actions.Conditions(TopicClass.OTHERS, name, name))

codes = {}
for state in ("open", "ended", "rated"):
    one = session()
    codes[state] = one.code
    for place, text in enumerate(texts):
        actions.say(one.pk, people[("counselor", "client")[place % 2]], uuid4(), text)
    if state != "open":
        actions.end(one.pk, people["counselor"], uuid4())
    if state == "rated":
        actions.give_feedback(one.pk, people["client"], dict.fromkeys(ITEM_KEYS, 3), [])
    if state == "ended":
        actions.keep_draft(one.pk, people["client"], dict.fromkeys(ITEM_KEYS[:3], "4"))
        for _ in range(2):
            actions.raise_alert(one.pk, Alert.Kind.CONTACT)
    Review.objects.create(session=one, by=people["administrator"], at=one.planned_start, until=one.planned_start,
                          kinds=["late"], note=name)
# Longer and odder than any form lets in, so that each page shows all of them at once.
for who, person in people.items():
    Person.objects.filter(pk=person.pk).update(display_name=name, username=f"{who} {name}"[:150])
name_email(people["client"], "client@example.org")
print(json.dumps({
    "codes": codes,
    "people": {"member": people["client"].pk, "oneself": people["administrator"].pk, "program": people["program"].pk},
    "links": {who: make_sign_in_link(None, person) for who, person in people.items() if who != "program"},
    "forms": {name: make_feedback_link(Session.objects.get(code=codes[state]), "mail").rpartition("/")[2]
              for name, state in (("due", "ended"), ("given", "rated"))},
    "address": token_of(people["client"], "client@example.org"),
}))
"""


@dataclass(frozen=True)
class Filled:
    """What stands on the platform.

    Attributes:
        codes: {state: code} of the sessions; people: {state: id}; links: {role: token of a sign-in link}.
        forms: {state: token of a link to a feedback form}; address: the token of one that stores a mail address.
    """

    codes: dict[str, str]
    people: dict[str, int]
    links: dict[str, str]
    forms: dict[str, str]
    address: str

    def path(self, name: str, state: str, who: str) -> str:
        """The path of a page for an object in a state; a sign-in link is that of somebody else than `who`."""
        token = self.links["client" if who == "administrator" else "administrator"]
        form = self.forms.get(state, "no-such-link")
        address = self.address if state == "hers" else "no-such-link"
        return PATHS[name].format(
            code=self.codes.get(state), version=1, pk=self.people.get(state), token=token, form=form, address=address
        )


def fill(platform: Platform, texts: Sequence[str], name: str) -> Filled:
    """A counselor, a client and an administrator who all bear that name, and a session in each state.

    Args:
        texts: what the two have said in each session.
        name: also the topic and the client's state.
    """
    done = subprocess.run(
        [sys.executable, "-c", _CODE],
        input=json.dumps({"texts": texts, "name": name}),
        env=platform.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Filled(**json.loads(done.stdout))
