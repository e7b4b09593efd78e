"""When each of the two was first there: what tells a session that did not take place from one that did."""

from django.utils import timezone

from kokorochat.domain.dialogue import Role
from kokorochat.web.roleplay.models import Session


def note_arrival(session_id: int, role: Role) -> None:
    """The page of `role` is open; the first time stays."""
    column = f"{role.value}_came_at"
    Session.objects.filter(pk=session_id, **{f"{column}__isnull": True}).update(**{column: timezone.now()})
