"""What a client who takes part over LINE alone is told beside the talk: as much as the phone page shows."""

from uuid import uuid4

import pytest
from django.utils import translation

from cast import talk
from kokorochat.domain.topic import TopicClass
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.actions import Conditions
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.line import notices
from web.transports.line.test_deliver import Fake, fake, send_all, words  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("linked")

SCHOOL = Conditions(TopicClass.SCHOOL, "発表がこわい", "眠れていない", "played")


def look() -> None:
    """A round of the worker."""
    send_all()


# --- the time ---


def test_more_time_and_the_coming_end_are_told(session: Session, fake: Fake) -> None:  # noqa: F811
    talk(session, "こんにちは。")
    more = actions.extend(session.pk, session.counselor, uuid4(), 10)
    close = actions.wrap_up(session.pk, session.counselor, uuid4())
    look()
    assert words(fake)[2:] == [
        "【KokoroChat】相手がセッションを10分延長しました。",
        "【KokoroChat】そろそろ終わりの時間です。相手がセッションを終了するまでは、これまでどおり書けます。",
    ]
    with translation.override("en"):
        assert notices.of_event(session, more) == "Your partner has extended the session by 10 minutes."
        assert notices.of_event(session, close).startswith("The talk is coming to its end.")
