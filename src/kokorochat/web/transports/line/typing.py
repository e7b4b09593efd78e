"""The counselor is writing: LINE's loading sign. A hint that may be lost; nothing waits for it."""

import logging

from cryptography.fernet import InvalidToken
from django.db.models import F

from kokorochat.domain.dialogue import Role
from kokorochat.web.transports.browser import presence
from kokorochat.web.transports.line import client
from kokorochat.web.transports.line.models import Relay
from kokorochat.web.transports.line.sealing import unseal

logger = logging.getLogger(__name__)

SHOWN_SECONDS, RENEWED_SECONDS = 10, 8
"""LINE takes 5 to 60 in steps of five, and takes the sign away itself when a message comes."""


def show() -> bool:
    """Show the sign to each client whose counselor is writing; there is never more to do at once."""
    reached = Relay.objects.filter(account__person=F("session__client"), account__person__is_active=True)
    relays = reached.filter(moved="", session__ended_at__isnull=True).select_related("account")
    there = presence.there([(relay.session_id, Role.COUNSELOR) for relay in relays])
    for relay in relays:
        if not there[relay.session_id, Role.COUNSELOR]["typing"]:
            continue
        if not presence.first_in(RENEWED_SECONDS, "line-typing", relay.session_id):
            continue
        try:
            client.show_typing(unseal(relay.account.sealed_user).decode(), SHOWN_SECONDS)
        except (client.CallError, InvalidToken):
            logger.info("session %d: the typing sign was not shown on LINE", relay.session_id)
    return False
