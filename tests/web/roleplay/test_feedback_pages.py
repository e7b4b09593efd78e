"""The feedback form's draft and the link to it: kept, one person's alone, and gone when the feedback is sent."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from cast import a_session, end, rate, rating, talk
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.web.accounts.actions import sign_out_everywhere
from kokorochat.web.accounts.models import AuditEntry, Person, SignInLink
from kokorochat.web.export import dialogue_of
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.actions.drafts import KEPT_FOR
from kokorochat.web.roleplay.actions.notices import make_feedback_link
from kokorochat.web.roleplay.models import Alert, Feedback, FeedbackDraft, Session

FIRST, SECOND = ITEM_KEYS[:2]
TOPIC = {"topic_main": "Workplace Issues", "topic_sub": "上司との関係"}


@pytest.fixture
def ended(session) -> Session:
    talk(session, "こんにちは。", "眠れません。")
    end(session)
    return Session.objects.get(pk=session.pk)


def form_of(session: Session) -> str:
    return f"/sessions/{session.code}/feedback"


def draft_of(session: Session) -> str:
    return f"{form_of(session)}/draft"


def sent(**others: object) -> dict[str, object]:
    return {**rating(), **TOPIC, **others}


def kept(session: Session) -> dict[str, str]:
    return FeedbackDraft.objects.get(session=session).answers


# --- the draft ---


def test_what_two_devices_answer_becomes_one_draft(ended, midori, signed_in):
    phone, tablet = signed_in(midori), signed_in(midori)
    assert phone.post(draft_of(ended), {FIRST: "4", "topic_sub": "上司　とのこと"}).json() == {"version": 1}
    assert tablet.post(draft_of(ended), {SECOND: "0", "unwilling_to_continue": "on"}).json() == {"version": 2}
    tablet.post(draft_of(ended), {"unwilling_to_continue": ""})
    due = {FIRST: "4", SECOND: "0", "topic_sub": "上司　とのこと"}
    assert phone.get(draft_of(ended)).json() == {"answers": due, "version": 3}


def test_a_form_that_is_opened_again_shows_what_was_answered(ended, midori, signed_in):
    signed_in(midori).post(draft_of(ended), {FIRST: "4", "other_potentially_unethical": "on", **TOPIC})
    page = signed_in(midori).get(form_of(ended)).content.decode()
    assert page.count(" checked") == 2
    assert re.search(rf'<input[^>]*name="{FIRST}"[^>]*value="4"[^>]* checked', page)
    assert '<option value="Workplace Issues" selected>' in page
    assert 'value="上司との関係"' in page


@pytest.mark.parametrize(
    "odd",
    [
        {FIRST: "6"},
        {FIRST: "４"},
        {"no_such_item": "1"},
        {"unwilling_to_continue": "yes"},
        {"topic_main": "Weather"},
        {"topic_sub": "あ" * 101},
        {"topic_sub": "上司\0"},
    ],
)
def test_what_the_form_could_not_send_is_not_kept_in_part_either(odd, ended, midori, signed_in):
    answer = signed_in(midori).post(draft_of(ended), {SECOND: "3", **odd})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-draft")
    assert not FeedbackDraft.objects.exists()


def test_without_scripts_the_whole_form_is_kept_for_later_as_far_as_it_can_be(ended, midori, signed_in):
    browser = signed_in(midori)
    answer = browser.post(form_of(ended), {FIRST: "4", SECOND: "9", "unwilling_to_continue": "on", "later": "1"})
    assert (answer.status_code, answer["Location"]) == (302, form_of(ended))
    assert kept(ended) == {FIRST: "4", "unwilling_to_continue": "on"}
    assert "回答は保存されています" in browser.get(form_of(ended)).content.decode()
    assert browser.post(form_of(ended), {SECOND: "3"}).status_code == 422, "and a form that lacks something is, too"
    assert kept(ended) == {SECOND: "3"}, "as it was sent: a mark that is taken away is gone"


def test_a_draft_goes_when_the_feedback_is_sent_and_does_not_come_back(ended, midori, signed_in):
    browser = signed_in(midori)
    browser.post(draft_of(ended), {FIRST: "4"})
    assert browser.post(form_of(ended), sent()).status_code == 302
    late = browser.post(draft_of(ended), {FIRST: "1"})
    assert (late.status_code, late.json()["code"]) == (409, "given")
    assert browser.get(draft_of(ended)).json() == {"code": "given"}
    assert not FeedbackDraft.objects.exists()


def test_a_draft_is_the_clients_own(ended, aoi, midori, jimu, signed_in):
    actions.keep_draft(ended.pk, midori, {"topic_sub": "秘密の言葉"})
    for person in (aoi, jimu):
        for page in ("/", "/history", f"/sessions/{ended.code}", f"/sessions/{ended.code}/result", form_of(ended)):
            assert "秘密の言葉" not in signed_in(person).get(page).content.decode()
        with pytest.raises(actions.RefusedError):
            actions.keep_draft(ended.pk, person, {FIRST: "1"})
    assert "秘密の言葉" not in str(dialogue_of(ended))
    assert [entry.subject for entry in AuditEntry.objects.filter(action="feedback.begin")] == [f"session {ended.pk}"]


def test_there_is_no_draft_before_the_end(session, midori):
    with pytest.raises(actions.RefusedError) as refused:
        actions.keep_draft(session.pk, midori, {FIRST: "1"})
    assert refused.value.code == "not-ended"


def test_a_draft_that_nobody_comes_back_to_goes_one_day(ended, midori):
    actions.keep_draft(ended.pk, midori, {FIRST: "4"})
    actions.drop_forgotten_drafts()
    assert FeedbackDraft.objects.exists()
    FeedbackDraft.objects.update(changed_at=timezone.now() - KEPT_FOR - timedelta(minutes=1))
    actions.drop_forgotten_drafts()
    assert not FeedbackDraft.objects.exists()


# --- sent once ---


def test_a_form_that_is_sent_twice_is_one_feedback_and_both_are_thanked(ended, midori, signed_in):
    phone, tablet = signed_in(midori), signed_in(midori)
    answers = [browser.post(form_of(ended), sent()) for browser in (phone, phone, tablet)]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, form_of(ended))] * 3
    assert Feedback.objects.count() == AuditEntry.objects.filter(action="feedback.give").count() == 1
    assert phone.post(form_of(ended), sent(**{FIRST: 1})).status_code == 409, "another one is none"
    assert Feedback.objects.get().items == rating()


# --- the link ---


@pytest.fixture
def link(ended) -> str:
    return make_feedback_link(ended, "mail")


def test_a_link_opens_one_form_and_nothing_else(link, ended, aoi, midori, signed_in):
    other = a_session(aoi, midori)
    talk(other, "こんにちは。", "はい。")
    end(other)
    browser = signed_in()
    assert browser.post(f"{link}/draft", {FIRST: "4"}).json() == {"version": 1}
    assert " checked" in browser.get(link).content.decode()
    for closed in ("/", form_of(ended), form_of(other), f"/sessions/{ended.code}", "/account"):
        assert browser.get(closed)["Location"].startswith("/sign-in?next=")
    assert browser.get(f"/sign-in/{link.rpartition('/')[2]}").status_code == 404, "it signs nobody in"
    assert browser.post(link, sent()).status_code == 302
    assert "ありがとうございました" in browser.get(link).content.decode()
    assert Feedback.objects.get().session == ended


def test_a_link_shows_nothing_of_whoever_else_is_signed_in_there(link, jimu, session, signed_in):
    actions.raise_alert(session.pk, Alert.Kind.CONTACT)
    page = signed_in(jimu).get(link).content.decode()
    assert "事務局" not in page
    assert "data-sign-out" not in page
    assert "data-waiting-alerts" not in page


def test_a_link_ends_with_its_time_a_lock_and_a_sign_out_everywhere(link, ended, midori, signed_in):
    browser = signed_in()
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert browser.get(link).status_code == 404
    assert "このリンクは使えません" in browser.get(link).content.decode()
    lock = make_feedback_link(ended, "mail")
    Person.objects.filter(pk=midori.pk).update(is_active=False)
    assert browser.get(lock).status_code == browser.post(lock, sent()).status_code == 404
    Person.objects.filter(pk=midori.pk).update(is_active=True)
    assert browser.get(lock).status_code == 200
    sign_out_everywhere(midori, midori)
    assert browser.get(lock).status_code == 404
    assert not Feedback.objects.exists()


def test_who_came_by_the_link_can_ask_for_contact_there(link, ended, signed_in):
    rate(ended)
    browser = signed_in()
    assert f'action="{link}"' in browser.get(link).content.decode()
    assert "連絡を希望していることだけを管理者に伝えました" in browser.post(link, {"mood": "contact"}).content.decode()
    assert Alert.objects.get().kind == Alert.Kind.CONTACT


def test_guesses_of_links_are_slowed(db, signed_in):
    browser = signed_in()
    assert {browser.get(f"/feedback/guess-{n}").status_code for n in range(60)} == {404}
    assert browser.get("/feedback/guess").status_code == 429
