"""What a client who takes part over LINE alone is told beside the talk: as much as the phone page shows."""

import re
from datetime import timedelta
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
from kokorochat.web.transports.line import agreed, linking, notices, outbox, relays
from kokorochat.web.transports.line.models import Account, Outgoing, Relay
from web.transports.line.conftest import MIDORI, Line, link
from web.transports.line.test_deliver import Fake, fake, send_all, words  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("linked")

SCHOOL = Conditions(TopicClass.SCHOOL, "発表がこわい", "眠れていない", "played")


def look() -> None:
    """A round of the worker."""
    outbox.tell_changes()
    send_all()


def after_a_while() -> None:
    """What has changed has stayed as it is for long enough."""
    look()
    Relay.objects.update(conditions_due=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreed, "SETTLES", timedelta())
        look()
    look()


# --- what was agreed ---


def test_the_first_notice_tells_what_was_agreed_as_the_phone_page_does(session: Session, fake: Fake) -> None:  # noqa: F811
    actions.set_conditions(session.pk, session.counselor, SCHOOL)
    look()
    (told,) = words(fake)
    assert "テーマ：学校問題\n発表がこわい\n" in told
    assert "相談者役の状態：希死念慮のある役を演じる\n眠れていない\n" in told
    assert "予定の長さ：60分\n" in told
    with translation.override("en"):
        told = notices.start(Session.objects.get(pk=session.pk))
    assert "Topic: School Issues\n発表がこわい\n" in told
    assert "The client's state: suicidal thoughts are played\n眠れていない\n" in told
    assert "Planned length: 60 min\n" in told


def test_what_is_left_to_the_client_is_told_as_left(session: Session) -> None:
    assert "テーマ：あなたにまかされています\n相談者役の状態：あなたにまかされています\n" in notices.start(session)
    assert "まかされていることをここで決められます" in notices.start(session)
    with translation.override("en"):
        assert "Topic: Left to you\nThe client's state: Left to you\n" in notices.start(session)


def test_the_longest_conditions_fit_into_one_message_of_line(session: Session, fake: Fake) -> None:  # noqa: F811
    long = Conditions(TopicClass.OTHERS, "𠮷" * 200, "𠮷" * 1000, "none")
    actions.set_conditions(session.pk, session.counselor, long)
    look()
    assert [len(body["messages"]) for _, _, body in fake.asked] == [1]


def test_the_first_notice_leads_to_the_page_whoever_is_signed_in_nowhere(
    session: Session,
    fake: Fake,  # noqa: F811
    midori: Person,
    signed_in: Any,
) -> None:
    look()
    (told,) = words(fake)
    page = signed_in().get(re.search(r"http://testserver(\S+)", told)[1], follow=True)
    assert page.redirect_chain[-1][0] == f"/sessions/{session.code}"
    assert page.wsgi_request.user == midori
    linking.unlink(midori)
    stranger = signed_in().get(re.search(r"http://testserver(\S+)", told)[1], follow=True)
    assert not stranger.wsgi_request.user.is_authenticated, "the link ends with the account's"


def test_a_change_is_told_once_however_often_it_was_saved(session: Session, fake: Fake) -> None:  # noqa: F811
    look()
    for state in ("緊張", "緊張している", "緊張していて話せない"):
        actions.set_conditions(session.pk, session.counselor, Conditions(client_state=state))
        look()
    assert len(fake.asked) == 1, "it may be changed again at once"
    after_a_while()
    after_a_while()
    assert len(fake.asked) == 2
    assert "テーマ：あなたにまかされています\n相談者役の状態：緊張していて話せない" in words(fake)[1]
    assert words(fake)[1].startswith("【KokoroChat】あおいさんとのセッションの条件が変わりました")


def test_a_later_change_is_told_again(session: Session, fake: Fake) -> None:  # noqa: F811
    look()
    for told, state in enumerate(("緊張", "不安"), start=2):
        actions.set_conditions(session.pk, session.counselor, Conditions(client_state=state))
        after_a_while()
        assert len(fake.asked) == told
        assert f"：{state}" in words(fake)[-1]


def test_a_change_just_before_the_talk_begins_is_told_before_its_first_words(session: Session, fake: Fake) -> None:  # noqa: F811
    look()
    actions.set_conditions(session.pk, session.counselor, SCHOOL)
    look()
    talk(session, "こんにちは。")
    look()
    after_a_while()
    assert "希死念慮のある役を演じる" in words(fake)[1]
    assert words(fake)[2:] == ["こんにちは。"]


def test_nobody_is_told_what_they_have_chosen_themselves_nor_what_has_not_changed(
    session: Session,
    fake: Fake,  # noqa: F811
    midori: Person,
) -> None:
    actions.set_conditions(session.pk, session.counselor, Conditions(TopicClass.SCHOOL, "発表がこわい"))
    look()
    actions.set_conditions(session.pk, midori, Conditions(client_state="眠れていない", suicidal_thoughts="played"))
    after_a_while()
    actions.set_conditions(session.pk, session.counselor, Conditions(TopicClass.SCHOOL, "発表がこわい"))
    after_a_while()
    assert len(fake.asked) == 1


def test_what_the_counselor_sets_over_the_clients_choice_is_told(session: Session, fake: Fake, midori: Person) -> None:  # noqa: F811
    look()
    actions.set_conditions(session.pk, midori, SCHOOL)
    after_a_while()
    actions.set_conditions(session.pk, session.counselor, Conditions(suicidal_thoughts="none"))
    after_a_while()
    assert len(fake.asked) == 2
    assert "希死念慮はない" in words(fake)[1]


def test_a_session_that_has_ended_or_is_left_to_the_page_is_told_no_conditions(
    session: Session,
    fake: Fake,  # noqa: F811
    line: Line,
) -> None:
    look()
    actions.set_conditions(session.pk, session.counselor, SCHOOL)
    relays.move(Relay.objects.get(), Relay.Moved.BLOCKED)
    after_a_while()
    assert len(fake.asked) == 1
    line.and_we_read(line.event("follow", follow={"isUnblocked": True}))
    after_a_while()
    assert "発表がこわい" in words(fake)[-1], "who comes back is told"
    actions.set_conditions(session.pk, session.counselor, Conditions(client_state="緊張"))
    end(session)
    Relay.objects.update(copied=99)
    after_a_while()
    assert "緊張" not in words(fake)[-1]


def test_the_next_owner_of_the_account_is_told_neither_conditions_nor_helper(
    session: Session,
    fake: Fake,  # noqa: F811
    midori: Person,
    sumire: Person,
    jimu: Person,
) -> None:
    look()
    actions.set_conditions(session.pk, session.counselor, SCHOOL)
    actions.stop(session.pk, session.counselor, uuid4())
    actions.handle_alert(session.alerts.get().pk, jimu)
    linking.unlink(midori)
    link(sumire, MIDORI)
    before = len(fake.asked)
    after_a_while()
    assert len(fake.asked) == before
    assert not Outgoing.objects.filter(notice__in=("conditions", "helper")).exists()


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


# --- a stop ---


@pytest.fixture
def stopped(session: Session, fake: Fake) -> Session:  # noqa: F811
    """Midori's session, stopped at the desk; nobody looks after it yet."""
    talk(session, "こんにちは。")
    actions.stop(session.pk, session.counselor, uuid4())
    look()
    return Session.objects.get(pk=session.pk)


def test_who_looks_after_a_stop_is_told_once_and_by_name(stopped: Session, fake: Fake, jimu: Person) -> None:  # noqa: F811
    before = len(fake.asked)
    look()
    assert len(fake.asked) == before
    actions.handle_alert(stopped.alerts.get().pk, jimu)
    look()
    look()
    assert words(fake)[before:] == ["【KokoroChat】管理者の事務局さんが対応しています。無理に続ける必要はありません。"]
    with translation.override("en"):
        assert notices.helper(jimu).startswith("事務局, an administrator, is looking after you both.")


def test_that_it_was_stopped_is_told_first(session: Session, fake: Fake, jimu: Person) -> None:  # noqa: F811
    look()
    actions.stop(session.pk, session.counselor, uuid4())
    actions.handle_alert(session.alerts.get().pk, jimu)
    look()
    look()
    assert ["対応しています" in told for told in words(fake)] == [False, False, True]


def test_who_looks_after_the_next_stop_is_told_too_and_not_after_it_goes_on(
    stopped: Session,
    fake: Fake,  # noqa: F811
    jimu: Person,
) -> None:
    for _ in range(2):
        actions.handle_alert(stopped.alerts.get(handled_at=None).pk, jimu)
        look()
        actions.resume(stopped.pk, jimu, uuid4())
        look()
        actions.stop(stopped.pk, stopped.counselor, uuid4())
        look()
    actions.resume(stopped.pk, jimu, uuid4())
    actions.handle_alert(stopped.alerts.get(handled_at=None).pk, jimu)
    look()
    assert sum("対応しています" in told for told in words(fake)) == 2


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
