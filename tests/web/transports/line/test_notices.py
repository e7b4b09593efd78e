"""What a client who takes part over LINE alone is told beside the talk: as much as the phone page shows."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.utils import translation

from cast import end, talk
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts.models import AuditEntry, Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.actions import Conditions
from kokorochat.web.roleplay.models import HelpLine, Session
from kokorochat.web.transports.line import notices
from kokorochat.web.transports.line.models import Account
from web.transports.line.conftest import Line
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


# --- the end ---


def test_an_ordinary_end_asks_for_feedback_alone(session: Session, fake: Fake) -> None:  # noqa: F811
    talk(session, "こんにちは。", "眠れません。")
    look()
    end(session)
    look()
    assert f"next=/sessions/{session.code}/feedback" in words(fake)[-1]
    assert "0120" not in words(fake)[-1]


def test_a_heavy_end_brings_the_way_out_of_the_role_and_the_help_lines(
    session: Session,
    fake: Fake,  # noqa: F811
    jimu: Person,
    midori: Person,
    signed_in: Any,
) -> None:
    actions.keep_help_lines(jimu, [HelpLine(japanese="協会の窓口", english="Our desk", contact="03-0000-0000")])
    actions.set_conditions(session.pk, midori, SCHOOL)
    talk(session, "こんにちは。")
    look()
    ended = end(session)
    look()
    told = words(fake)[-1]
    assert "「役は終わりました」と言ってみましょう" in told
    assert "相談窓口\n協会の窓口 03-0000-0000\n" in told
    assert "フィードバックはあとで大丈夫です" in told
    page = signed_in().get(re.search(r"http://testserver(\S+)", told)[1], follow=True)
    assert page.redirect_chain[-1][0] == f"/sessions/{session.code}/debrief"
    assert page.wsgi_request.user == midori
    with translation.override("en"):
        told = notices.of_event(Session.objects.get(pk=session.pk), ended)
    assert "Say your own name aloud, and: the role is over." in told
    assert "Help lines\nOur desk 03-0000-0000\n" in told


def test_a_stop_and_crisis_words_outside_the_role_make_an_end_heavy(session: Session, fake: Fake, line: Line) -> None:  # noqa: F811
    look()
    line.and_we_read(line.text("（実は私も死にたいと思うことがあります）"))
    end(session)
    look()
    assert "0120-061-338" in words(fake)[-1]
    assert AuditEntry.objects.filter(action="alert.raise").count() == 1


def test_the_way_out_of_the_role_is_made_for_no_account_that_is_anothers(
    session: Session,
    fake: Fake,  # noqa: F811
    midori: Person,
    sumire: Person,
) -> None:
    actions.set_conditions(session.pk, midori, SCHOOL)
    talk(session, "こんにちは。")
    look()
    Account.objects.filter(person=midori).update(person=sumire)
    before = len(fake.asked)
    end(session)
    look()
    assert len(fake.asked) == before
