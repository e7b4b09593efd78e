"""The screen of an administrator who reads along: it shows the talk, takes nothing but a hello, and changes nothing."""

from collections.abc import Mapping
from typing import Any

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.queries import Standing
from kokorochat.web.transports.browser.presence import There
from kokorochat.web.transports.browser.screen import NOT_YOURS, ScreenConsumer


class LookConsumer(ScreenConsumer):
    """The socket at `/ws/looks/CODE?pass=…`; the pass comes with a page whose opening was recorded."""

    shows = (Role.COUNSELOR, Role.CLIENT)

    def open_to(self, person: Person, code: str, query: Mapping[str, list[str]]) -> Session | int:
        """An administrator whose page was recorded."""
        session = queries.every_session(person).filter(code=code).first()
        self.passes = query.get("pass", [])
        return session if session and self._may_read(session.pk, person) else NOT_YOURS

    def still_open_to(self) -> bool:
        """Whether the page is not too old by now; the role is lost with the sign-in."""
        return self._may_read(self.session_id, self.person)

    def is_left_out(self, standing: Standing) -> bool:
        """The same, for a page to which nothing is said."""
        return not self.still_open_to()

    def _may_read(self, session_id: int, person: Person) -> bool:
        return len(self.passes) == 1 and actions.may_read(
            self.passes[0], session_id, person, self.scope["session"].session_key
        )

    def state_of(self, standing: Standing, there: Mapping[Role, There]) -> dict[str, Any]:
        """Who of the two is there."""
        return {"you": "supervisor", **{role.value: there[role] for role in self.shows}}
