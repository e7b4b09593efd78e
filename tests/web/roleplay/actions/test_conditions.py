"""What is agreed before a talk: by the counselor, or left to the client, who decides it unseen."""

from uuid import uuid4

import pytest

from cast import end, talk
from kokorochat.domain.dialogue import Role
from kokorochat.domain.topic import TopicClass
from kokorochat.web.roleplay.actions import Conditions, RefusedError, resume, say, set_conditions, stop
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.queries import conditions_of, is_heavy

SCHOOL = Conditions(TopicClass.SCHOOL, "発表がこわい")
CRISIS = Conditions(client_state="眠れていない", suicidal_thoughts="played")


def shown(session: Session, role: Role) -> tuple[object, str, str]:
    found = conditions_of(Session.objects.get(pk=session.pk), role)
    return found.topic, found.topic_sub, found.suicidal_thoughts


def test_what_the_counselor_sets_both_see(session, aoi):
    set_conditions(session.pk, aoi, Conditions(TopicClass.SCHOOL, "発表", "緊張", "none"))
    for role in Role:
        assert shown(session, role) == (TopicClass.SCHOOL, "発表", "none")


def test_what_the_client_decides_the_counselor_learns_after_the_end(session, midori):
    set_conditions(session.pk, midori, SCHOOL)
    set_conditions(session.pk, midori, Conditions(TopicClass.SCHOOL, "発表がこわい", "眠れない", "played"))
    assert shown(session, Role.CLIENT) == (TopicClass.SCHOOL, "発表がこわい", "played")
    assert shown(session, Role.COUNSELOR) == (None, "", "")
    talk(session, "こんにちは。")
    assert shown(session, Role.COUNSELOR) == (None, "", "")
    end(session)
    assert shown(session, Role.COUNSELOR) == (TopicClass.SCHOOL, "発表がこわい", "played")


def test_the_client_decides_only_what_is_left(session, aoi, midori):
    set_conditions(session.pk, aoi, SCHOOL)
    set_conditions(session.pk, midori, Conditions(TopicClass.FINANCIAL, "借金", "落ち着かない", "none"))
    assert shown(session, Role.CLIENT) == (TopicClass.SCHOOL, "発表がこわい", "none")
    found = conditions_of(Session.objects.get(pk=session.pk), Role.CLIENT)
    assert (found.topic_open, found.state_open) == (False, True)


def test_a_counselor_who_leaves_a_part_open_does_not_undo_what_the_client_has_decided(session, aoi, midori):
    set_conditions(session.pk, midori, CRISIS)
    set_conditions(session.pk, aoi, SCHOOL)
    assert shown(session, Role.CLIENT) == (TopicClass.SCHOOL, "発表がこわい", "played")
    set_conditions(session.pk, aoi, Conditions(suicidal_thoughts="none"))
    assert shown(session, Role.CLIENT) == (None, "", "none")


def test_after_the_first_message_what_was_agreed_stays(session, aoi, midori):
    set_conditions(session.pk, aoi, SCHOOL)
    talk(session, "こんにちは。")
    for person in (aoi, midori):
        with pytest.raises(RefusedError, check=lambda refused: refused.code == "started"):
            set_conditions(session.pk, person, CRISIS)
    assert shown(session, Role.CLIENT) == (TopicClass.SCHOOL, "発表がこわい", "")


def test_a_stranger_sets_nothing(session, sumire, jimu):
    for person in (sumire, jimu):
        with pytest.raises(RefusedError, check=lambda refused: refused.code == "not-found"):
            set_conditions(session.pk, person, SCHOOL)


def heavy(session: Session) -> bool:
    return is_heavy(Session.objects.get(pk=session.pk))


def test_an_ordinary_talk_weighs_on_nobody(session, aoi):
    set_conditions(session.pk, aoi, Conditions(TopicClass.SCHOOL, "発表がこわい", "緊張している", "none"))
    talk(session, "死にたい気持ちはありますか。", "いいえ、眠れないだけです。")
    end(session)
    assert not heavy(session), "what the counselor asks is not what the client plays"


@pytest.mark.parametrize(
    "chosen",
    [CRISIS, Conditions(client_state="自殺を考えている"), Conditions(TopicClass.MENTAL_HEALTH, "消えたいと思う")],
)
def test_suicidal_thoughts_weigh_whoever_has_chosen_them_and_wherever_they_stand(session, aoi, midori, chosen):
    for person in (midori, aoi):
        set_conditions(session.pk, person, chosen)
        assert heavy(session)


def test_they_weigh_where_the_client_has_chosen_them_in_the_talk(session):
    talk(session, "どうされましたか。", "もう死にたいんです。")
    assert not session.alerts.exists(), "it is play"
    assert heavy(session)


def test_a_stop_weighs_when_it_is_over_too_and_before_anything_is_said(session, midori, aoi):
    stop(session.pk, midori, uuid4())
    assert heavy(session)
    for person in (midori, aoi):
        resume(session.pk, person, uuid4())
    end(session)
    assert heavy(session)


def test_crisis_words_outside_the_role_weigh_whoever_said_them(session, aoi):
    say(session.pk, aoi, uuid4(), "（実は自分も死にたいと思ったことがあります）")
    assert session.alerts.get().kind == "hint"
    assert heavy(session)
