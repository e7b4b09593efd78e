"""After the play: a wish to be contacted, and the list of help lines."""

from collections.abc import Sequence

from django.db import transaction

from kokorochat.web.accounts.actions import audit
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.actions.alerts import raise_alert
from kokorochat.web.roleplay.actions.refused import not_found
from kokorochat.web.roleplay.models import Alert, HelpLine, Session


def ask_for_contact(session_id: int, person: Person) -> Alert:
    """The client wishes to be contacted by an administrator.

    Raises:
        RefusedError: not the client of this session.
    """
    if not Session.objects.filter(pk=session_id, client_id=person.pk).exists():
        raise not_found()
    return raise_alert(session_id, Alert.Kind.CONTACT)


def keep_help_lines(by: Person, lines: Sequence[HelpLine]) -> None:
    """Store the whole list in this order, in place of the one before.

    Raises:
        RefusedError: not an administrator.
    """
    if not by.is_staff:
        raise not_found()
    with transaction.atomic():
        HelpLine.objects.all().delete()
        for position, line in enumerate(lines, start=1):
            line.pk, line.position = None, position
        HelpLine.objects.bulk_create(lines)
        audit(by, "help-lines.change", f"{len(lines)} lines")
