"""What an administrator does: people, pairing, the list of sessions, the export."""

import io
import zipfile

import pytest
from django.utils import timezone

from cast import WORK, a_session, end, played, rate, talk
from kokorochat.corpus.checks import check_corpus
from kokorochat.corpus.diff import corpus_differences
from kokorochat.corpus.reading import find_corpus, read_corpus
from kokorochat.corpus.writing import write_corpus
from kokorochat.web.accounts.models import AuditEntry, Person
from kokorochat.web.export import export_dialogues
from kokorochat.web.roleplay.models import Session


@pytest.fixture
def office(jimu, signed_in):
    return signed_in(jimu)


def arranged(counselor: Person, client: Person, **others: object) -> dict[str, object]:
    start = f"{timezone.localdate()}T20:15"
    return {"counselor": counselor.pk, "client": client.pk, "start": start, "minutes": 60, **others}


# --- people ---


def test_a_person_is_added_and_gets_a_link_once(office, signed_in):
    response = office.post("/administration/people/new", {"username": "ruri", "display_name": "るり"}, follow=True)
    ruri = Person.objects.get(username="ruri")
    assert "るりさんを登録しました。" in response.content.decode()
    assert not ruri.is_staff
    page = office.post(f"/administration/people/{ruri.pk}/link").context["link"]
    assert page.startswith("http://testserver/sign-in/")
    assert signed_in().get(page).status_code == 302
    assert "/sign-in/" not in office.get(f"/administration/people/{ruri.pk}").content.decode()
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[-2:] == [
        "person.add",
        "person.link",
    ]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"username": "AOI", "display_name": "べつのあおい"}, "username"),
        ({"username": "あおい", "display_name": "あおい"}, "username"),
        ({"username": "a b", "display_name": "あおい"}, "username"),
        ({"username": "", "display_name": "あおい"}, "username"),
        ({"username": "ruri", "display_name": " "}, "display_name"),
        ({"username": "ruri", "display_name": "あ" * 61}, "display_name"),
        ({"username": "ruri", "display_name": "るり", "password": "password"}, "password"),
        ({"username": "ruri", "display_name": "るり", "password": "kW8$x"}, "password"),
    ],
)
def test_an_unusable_person_is_refused_by_field(fields, wrong, office, aoi):
    before = Person.objects.count()
    response = office.post("/administration/people/new", fields)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {wrong}
    assert Person.objects.count() == before


def test_a_program_gets_no_link(office, renshu):
    assert office.post(f"/administration/people/{renshu.pk}/link").status_code == 404
    assert "サインインはできません" in office.get(f"/administration/people/{renshu.pk}").content.decode()


# --- pairing ---


def test_two_people_are_paired_under_what_was_agreed(office, aoi, midori):
    agreed = {"topic_main": WORK[0].value, "topic_sub": WORK[1], "client_state": "希死念慮はない", "minutes": 50}
    response = office.post("/administration/sessions/new", arranged(aoi, midori, **agreed), follow=True)
    session = Session.objects.get()
    assert (session.counselor, session.client, session.planned_minutes) == (aoi, midori, 50)
    assert (session.topic, session.topic_sub, session.client_state) == (*WORK, "希死念慮はない")
    today = timezone.localdate()
    assert session.planned_start.isoformat() == f"{today}T11:15:00+00:00"  # the office writes in Japan's time
    weekday = "月火水木金土日"[today.weekday()]
    assert f"{today.month}月{today.day}日（{weekday}） 20:15" in response.content.decode()


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"topic_main": WORK[0].value}, "topic_sub"),
        ({"topic_sub": "残業"}, "topic_main"),
        ({"topic_main": "Weather", "topic_sub": "雨"}, "topic_main"),
        ({"minutes": "5"}, "minutes"),
        ({"minutes": "181"}, "minutes"),
        ({"minutes": "an hour"}, "minutes"),
        ({"start": "tomorrow"}, "start"),
        ({"start": "2206-11-23T20:15"}, "start"),
        ({"start": ""}, "start"),
        ({"client": "4711"}, "client"),
        ({"client": ""}, "client"),
    ],
)
def test_an_unusable_pairing_is_refused_by_field(change, wrong, office, aoi, midori):
    response = office.post("/administration/sessions/new", arranged(aoi, midori) | change)
    assert response.status_code == 422
    assert wrong in response.context["form"].errors
    assert not Session.objects.exists()


def test_one_person_is_not_paired_with_themselves(office, aoi):
    response = office.post("/administration/sessions/new", arranged(aoi, aoi))
    assert response.status_code == 422
    assert "一人で両方の役はできません" in response.content.decode()
    assert not Session.objects.exists()


def test_a_program_plays_the_client_only_and_a_locked_person_nothing(office, aoi, midori, renshu):
    midori.is_active = False
    midori.save()
    for counselor, client in ((renshu, aoi), (aoi, midori)):
        assert office.post("/administration/sessions/new", arranged(counselor, client)).status_code == 422
    assert office.post("/administration/sessions/new", arranged(aoi, renshu)).status_code == 302


# --- the list ---


def test_the_list_can_be_narrowed_by_state(office, aoi, midori):
    open_one, due, done = a_session(aoi, midori), a_session(aoi, midori), played(aoi, midori)
    talk(due, "こんにちは。")
    end(due)
    marked = a_session(aoi, midori)
    end(marked)
    rate(marked, ["unwilling_to_continue"])
    lists = {"": {open_one, due, done, marked}, "open": {open_one}, "due": {due}, "done": {done, marked}}
    for state, found in (lists | {"marked": {marked}}).items():
        assert set(office.get("/administration/sessions", {"state": state}).context["page"]) == found


def test_the_list_shows_counts_and_no_words(office, aoi, midori):
    played(aoi, midori, "ひみつの話", "はい。", "どうぞ。")
    page = office.get("/administration/sessions").content.decode()
    assert 'data-name="発言">3<' in page
    assert "ひみつ" not in page


def test_an_odd_page_number_is_no_fault(office, aoi, midori):
    for page in ("0", "-1", "999", "three", "²"):
        assert office.get("/administration/sessions", {"page": page}).status_code == 200


# --- the export ---


def test_the_zip_holds_what_the_command_writes(office, aoi, midori, sumire, tmp_path):
    played(aoi, midori)
    played(midori, sumire, "はじめまして。", "はじめまして。\n二行目です😀")
    answer = office.get("/administration/export.zip")
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        from_page = {name.rpartition("/")[2]: packed.read(name) for name in packed.namelist()}
        packed.extractall(tmp_path / "zip")
    write_corpus(export_dialogues(Session.objects.all()), tmp_path / "out")
    assert from_page == {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    assert len(from_page) == 2
    assert list(corpus_differences(read_corpus(tmp_path / "zip"), read_corpus(tmp_path / "out"), [])) == []
    assert [finding for finding in check_corpus(find_corpus(tmp_path / "zip")) if finding.level == "error"] == []


def test_each_export_is_audited(office, jimu):
    office.get("/administration/export.zip")
    entry = AuditEntry.objects.get(action="corpus.export")
    assert entry.by == jimu
