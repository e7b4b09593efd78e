"""The pages of supervision: what runs, what to look at, the record of a session, and the talk that is read along."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from cast import WORK, a_session, end, played, rate, talk
from kokorochat.web.accounts import chain
from kokorochat.web.accounts.models import AuditEntry
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Alert, FeedbackNotice, Review, Session
from kokorochat.web.transports.line import notices

RUNNING, REVIEW, REVIEWED, MARK = (
    f"/administration/supervision{rest}" for rest in ("", "/review", "/reviewed", "/mark")
)


@pytest.fixture
def office(jimu, signed_in):
    return signed_in(jimu)


def now() -> str:
    return timezone.now().isoformat()


# --- what runs ---


def test_what_runs_is_told_with_its_clock_and_who_is_silent(office, session, aoi, midori):
    talk(session, "秘密の言葉")
    begun = timezone.now() - timedelta(minutes=75)
    Session.objects.update(started_at=begun, last_at=begun + timedelta(minutes=50))
    page = office.get(RUNNING).content.decode()
    for words in ("あおい", "みどり", "75分 / 60分", "25分動きなし"):
        assert words in page
    assert "秘密の言葉" not in page
    assert f"/administration/sessions/{session.code}/talk" in page


def test_a_stop_says_by_whom_and_whether_somebody_looks_after_it(office, session, midori, jimu):
    talk(session, "はい。")
    actions.stop(session.pk, midori, uuid4())
    page = office.get(RUNNING).content.decode()
    assert "相談者役が中断" in page
    assert "まだ誰も対応していません" in page
    actions.handle_alert(Alert.objects.get().pk, jimu)
    page = office.get(RUNNING).content.decode()
    assert "事務局さんが対応中" in page
    assert "まだ誰も対応していません" not in page


def test_an_open_page_fetches_its_part_alone(office, session):
    talk(session, "はい。")
    part = office.get(RUNNING, headers={"X-Part": "running"}).content.decode()
    assert "<html" not in part
    assert session.code in part


def test_what_was_forgotten_is_told_in_days(office, session):
    talk(session, "はい。")
    Session.objects.update(started_at=timezone.now() - timedelta(days=3), last_at=timezone.now() - timedelta(days=2))
    page = office.get(RUNNING).content.decode().replace("\xa0", "")
    assert "3日 / 60分" in page
    assert "2日動きなし" in page


# --- what to look at ---


@pytest.fixture
def short(aoi, midori) -> Session:
    """Too short for the corpus, with a mark, and straight-lined."""
    session = a_session(aoi, midori)
    talk(session, "秘密の言葉", "はい。")
    end(session)
    rate(session, ["unwilling_to_continue"], value=3)
    return session


def test_each_kind_says_why(office, short, aoi, midori):
    actions.raise_alert(short.pk, Alert.Kind.CONTACT)
    actions.raise_alert(short.pk, Alert.Kind.CONTACT)
    absent = a_session(aoi, midori)
    Session.objects.filter(pk=absent.pk).update(planned_start=timezone.now() - timedelta(hours=2))
    late = a_session(aoi, midori)
    talk(late, "はい。", "いいえ。")
    end(late)
    Session.objects.filter(pk=late.pk).update(ended_at=timezone.now() - timedelta(days=3))
    page = office.get(REVIEW).content.decode().replace("\xa0", "")
    for words in (
        "相談者役の方が連絡を希望しています",
        "計2回の呼び出し",
        "発言が30件未満",
        "30分未満",
        "20項目すべてが3",
        "離脱",
        "20項目のうち20項目が3",
        "二人とも来なかった",
        "終了から3日",
    ):
        assert words in page, words
    assert "秘密の言葉" not in page


def test_late_feedback_says_how_often_the_client_was_reminded(office, session):
    talk(session, "はい。", "いいえ。")
    end(session)
    Session.objects.update(ended_at=timezone.now() - timedelta(days=3))
    for step in (1, 2):
        FeedbackNotice.objects.create(
            session=session,
            person=session.client,
            kind=FeedbackNotice.Kind.REMINDER,
            step=step,
            door=FeedbackNotice.Door.LINE,
            state=FeedbackNotice.State.SENT,
            made_at=timezone.now(),
            due_at=timezone.now(),
            settled_at=timezone.now(),
        )
    for address in (REVIEW, record(session)):
        page = office.get(address).content.decode()
        assert "2回" in page
        assert "(LINE)" in page


def test_a_kind_narrows_the_list_and_an_odd_one_does_not(office, short):
    assert len(office.get(REVIEW, {"kind": "straight"}).context["rows"]) == 1
    assert len(office.get(REVIEW, {"kind": "late"}).context["rows"]) == 0
    assert len(office.get(REVIEW, {"kind": "no such"}).context["rows"]) == 1


def test_the_chosen_are_marked_with_one_note_and_leave_the_list(office, short, aoi, midori, jimu):
    other = played(aoi, midori)
    page = office.get(REVIEW).content.decode()
    assert f'name="session" value="{other.code}"' in page
    until = page.partition('name="until" value="')[2].partition('"')[0]
    answer = office.post(
        MARK, {"session": [short.code, other.code], "until": until, "note": " 二人と話しました。\r\nまた来月。 "}
    )
    assert answer.url == REVIEW
    assert office.get(REVIEW).context["rows"] == []
    notes = Review.objects.values_list("by", "note", "kinds")
    assert set(notes.values_list("by", "note")) == {(jimu.pk, "二人と話しました。\nまた来月。")}
    assert sorted(Review.objects.get(session=short).kinds) == ["screened", "straight"]
    assert AuditEntry.objects.filter(action="session.review", by=jimu).count() == 2
    page = office.get(REVIEWED).content.decode()
    assert "二人と話しました。<br>また来月。" in page
    assert "コーパス対象外" in page
    assert chain.first_fault() is None


def test_a_session_with_an_open_alert_leads_to_it_and_is_left_out_of_what_is_marked(office, short, aoi, midori):
    other = a_session(aoi, midori)
    talk(other, "はい。")
    end(other)
    rate(other, value=3)
    alert = actions.raise_alert(other.pk, Alert.Kind.CONTACT)
    page = office.get(REVIEW).content.decode()
    assert f'name="session" value="{other.code}"' not in page
    assert f'name="session" value="{short.code}"' in page
    assert "呼び出しを開く" in page
    answer = office.post(MARK, {"session": [short.code, other.code], "until": now()}, follow=True)
    assert [row["session"].code for row in answer.context["rows"]] == [other.code]
    said = answer.content.decode()
    assert "1件のセッションを確認済みにしました" in said
    assert "1件はそのままです" in said
    alert.refresh_from_db()
    assert (alert.handled_at, Review.objects.filter(session=other).exists()) == (None, False)


def test_on_the_record_the_alert_is_taken_up_before_the_session_can_be_marked(office, short, jimu):
    alert = actions.raise_alert(short.pk, Alert.Kind.CONTACT)
    assert MARK not in office.get(record(short)).content.decode()
    answer = office.post(f"/administration/alerts/{alert.pk}/handle", {"back": "record"})
    assert answer.url == record(short)
    assert Alert.objects.get(pk=alert.pk).handled_by == jimu
    assert MARK in office.get(record(short)).content.decode()


def test_what_comes_up_while_the_page_is_open_is_not_marked_with_it(office, short):
    until = now()
    actions.raise_alert(short.pk, Alert.Kind.CONTACT)
    office.post(MARK, {"session": short.code, "until": until})
    (row,) = office.get(REVIEW).context["rows"]
    assert [cause.kind.value for cause in row["causes"]] == ["alert"]
    assert Review.objects.get().kinds == ["screened", "straight"]


@pytest.mark.parametrize(
    "change",
    [
        {"session": "no-such-code"},
        {"session": ""},
        {"until": ""},
        {"until": "yesterday"},
        {"until": "2026-11-26T10:00:00"},
        {"until": "9999-99-99"},
        {"until": "0001-01-01T00:00:00+14:00"},
        {"note": "あ" * 1001},
        {"note": "a\0b"},
    ],
)
def test_what_cannot_be_marked_is_told_and_stored_nowhere(change, office, short):
    answer = office.post(MARK, {"session": short.code, "until": now()} | change, follow=True)
    assert answer.status_code == 200
    assert 'class="notice error"' in answer.content.decode()
    assert not Review.objects.exists()


# --- the record ---


def record(session: Session) -> str:
    return f"/administration/sessions/{session.code}/record"


def test_the_record_tells_all_but_the_talk(office, aoi, midori, jimu):
    agreed = actions.Conditions(*WORK, "緊張している。", "played")
    session = a_session(aoi, midori, conditions=agreed)
    talk(session, "秘密の言葉", "はい。")
    actions.stop(session.pk, midori, uuid4())
    actions.resume(session.pk, jimu, uuid4())
    actions.handle_alert(Alert.objects.get().pk, jimu)
    end(session)
    rate(session, ["unwilling_to_continue"], felt_respected=1)
    actions.review(session.pk, jimu, timezone.now(), "電話で話しました。", ["alert"])
    page = office.get(record(session)).content.decode()
    for words in ("上司との関係", "緊張している。", "希死念慮", "セッションが中断されました", "尊重されたと感じた"):
        assert words in page, words
    for words in ("離脱", "電話で話しました。", "セッションの再開", "対話を閲覧する"):
        assert words in page, words
    assert "秘密の言葉" not in page
    assert not AuditEntry.objects.filter(action__startswith="talk.").exists()


def test_an_administrator_who_plays_the_counselor_is_not_told_what_the_client_has_decided(office, jimu, aoi, midori):
    mine, theirs = a_session(jimu, midori), a_session(aoi, midori)
    for session in (mine, theirs):
        actions.set_conditions(session.pk, midori, actions.Conditions(*WORK, "秘密の状態", "played"))
        for page in ("record", "talk"):
            html = office.get(f"/administration/sessions/{session.code}/{page}").content.decode()
            assert ("秘密の状態" in html) == (session == theirs)
            assert (WORK[1] in html) == (session == theirs)
            assert ("希死念慮" in html) == (session == theirs)


def test_a_session_is_marked_on_its_record_and_one_comes_back_to_it(office, short):
    answer = office.post(MARK, {"session": short.code, "until": now(), "back": "record", "note": "見ました。"})
    assert answer.url == record(short)
    page = office.get(record(short)).content.decode()
    assert "見ました。" in page
    assert "確認が必要なものはありません" in page


def test_whoever_has_read_the_talk_stands_on_the_record(office, session):
    office.get(f"/administration/sessions/{session.code}/talk")
    assert "進行中の対話の閲覧" in office.get(record(session)).content.decode()


def test_an_export_that_has_read_the_talk_stands_on_the_record_and_no_other(office, aoi, midori):
    first, later = played(aoi, midori), a_session(aoi, midori)
    office.get("/administration/export.zip")
    assert "対話の書き出し" in office.get(record(first)).content.decode()
    assert "対話の書き出し" not in office.get(record(later)).content.decode()


# --- the talk ---


def test_each_opening_of_the_talk_is_a_row_and_the_page_holds_no_word_of_it(office, session, jimu):
    talk(session, "秘密の言葉")
    address = f"/administration/sessions/{session.code}/talk"
    for _ in range(2):
        page = office.get(address).content.decode()
        assert "秘密の言葉" not in page  # it comes by the socket, with the pass
    assert office.head(address).status_code == 200
    rows = AuditEntry.objects.filter(action="talk.watch", by=jimu, subject=f"session {session.pk}")
    assert rows.count() == 2
    end(session)
    office.get(address)
    assert AuditEntry.objects.filter(action="talk.read", by=jimu).count() == 1
    assert chain.first_fault() is None


def test_the_second_factor_is_asked_again_before_a_talk_is_opened(office, session, monkeypatch):
    monkeypatch.setattr("kokorochat.web.accounts.second_factor.has_one", lambda _: True)
    answer = office.get(f"/administration/sessions/{session.code}/talk")
    assert answer.url == f"/second-factor?next=%2Fadministration%2Fsessions%2F{session.code}%2Ftalk"
    assert not AuditEntry.objects.filter(action__startswith="talk.").exists()


def test_nobody_else_opens_it_and_the_try_leaves_no_row(session, aoi, midori, sumire, signed_in):
    for person in (aoi, midori, sumire):
        assert signed_in(person).get(f"/administration/sessions/{session.code}/talk").status_code == 404
    assert not AuditEntry.objects.filter(action__startswith="talk.").exists()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_both_are_told_before_the_talk_that_administrators_may_read_along(session, aoi, midori, signed_in, language):
    said = {
        "ja": ("閲覧は記録されます", "閲覧した管理者の名前が記録されます"),
        "en": ("may read along", "recorded with"),
    }
    for person in (aoi, midori):
        browser = signed_in(person)
        browser.cookies["django_language"] = language
        for path in (f"/sessions/{session.code}", f"/sessions/{session.code}/conditions"):
            page = browser.get(path, headers={"X-Part": "conditions"}).content.decode()
            assert said[language][1] in page
        assert said[language][0] in browser.get(f"/sessions/{session.code}").content.decode()


def test_a_client_on_line_is_told_when_the_session_opens(session):
    assert "閲覧はそのつど記録されます" in notices.start(session)
    with translation.override("en"):
        assert "Administrators may read along" in notices.start(session)
