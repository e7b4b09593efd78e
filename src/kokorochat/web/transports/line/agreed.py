"""Of what was agreed: what a client on LINE knows, and what is news to them.

The counselor may save the conditions several times before the talk begins, and the client decides what is left to them
on a page; a push is worth neither what is changed again at once nor what they have chosen themselves.
"""

import json
from datetime import timedelta

from kokorochat.domain.dialogue import Role
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.line.models import Relay
from kokorochat.web.transports.line.sealing import digest_of

SETTLES = timedelta(seconds=30)
"""How long after a change the client is told; what is changed meanwhile is told with it."""


def note(relay: Relay) -> bool:
    """Note that the client is told what was agreed as it stands in `relay.session`; whether it was news to them."""
    digest = _digest(relay.session)
    news = digest != relay.conditions_digest
    relay.conditions, relay.conditions_digest = relay.session.conditions_version, digest
    relay.conditions_due = None
    relay.save(update_fields=["conditions", "conditions_digest", "conditions_due"])
    return news


def _digest(session: Session) -> str:
    """A keyed hash of what others than the client have set; what they have left to the client is empty."""
    client = Role.CLIENT.value
    topic = [session.topic_main, session.topic_sub] if session.topic_by != client else ["", ""]
    state = [session.suicidal_thoughts, session.client_state] if session.state_by != client else ["", ""]
    return digest_of(f"conditions:{session.pk}:{json.dumps([topic, state])}")
