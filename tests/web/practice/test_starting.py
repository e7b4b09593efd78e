"""Starting a practice session alone: one button, the right partner, and no pile of empty sessions."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from cast import a_session
from kokorochat.domain.dialogue import Role
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts.models import Person
from kokorochat.web.export import exportable
from kokorochat.web.practice import starting
from kokorochat.web.roleplay.actions import Conditions
from kokorochat.web.roleplay.models import Session

pytestmark = pytest.mark.django_db


def test_the_home_page_leads_to_it_and_one_button_into_the_talk(aoi, signed_in):
    browser = signed_in(aoi)
    assert 'href="/practice"' in browser.get("/").content.decode()
    assert "相談者役で練習する" not in browser.get("/practice").content.decode()
    page = browser.post("/practice", {"role": "counselor"}, follow=True)
    session = Session.objects.get()
    assert page.redirect_chain == [(f"/sessions/{session.code}", 302)]
    assert (session.counselor, session.program_role, session.topic) == (aoi, Role.CLIENT, None)
    assert "room desk" in page.content.decode()


def test_with_a_model_for_the_counselor_the_clients_role_can_be_practised(midori, signed_in, settings):
    settings.PRACTICE_COUNSELOR = "retrieval:somewhere"
    browser = signed_in(midori)
    assert "相談者役で練習する" in browser.get("/practice").content.decode()
    choice = {"role": "client", "topic_main": TopicClass.SCHOOL.value, "topic_sub": "進級の不安"}
    page = browser.post("/practice", choice, follow=True).content.decode()
    session = Session.objects.get()
    assert (session.client, session.program_role) == (midori, Role.COUNSELOR)
    assert (session.topic, session.topic_sub) == (TopicClass.SCHOOL, "進級の不安")
    assert "room phone" in page


def test_a_button_pressed_twice_arranges_one_session(aoi):
    agreed = Conditions(TopicClass.SCHOOL, "進級の不安")
    once, again = (starting.start(aoi, Role.COUNSELOR, agreed) for _ in range(2))
    assert once == again
    assert starting.start(aoi, Role.COUNSELOR, Conditions()) != once
    assert starting.start(aoi, Role.CLIENT, agreed) != once


def test_an_arranged_session_with_a_person_is_left_alone(aoi, midori):
    waiting = a_session(aoi, midori)
    assert starting.start(aoi, Role.COUNSELOR, Conditions()) != waiting


def test_the_program_is_added_once_and_can_not_sign_in(aoi, midori, signed_in):
    for person in (aoi, midori):
        starting.start(person, Role.COUNSELOR, Conditions())
    program = Person.objects.get(is_program=True)
    assert not program.has_usable_password()
    assert not exportable(Session.objects.all()).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_come_first_share_one_program(aoi, midori):
    def begin(person: Person) -> int:
        try:
            return starting.start(person, Role.COUNSELOR, Conditions()).client_id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as both:
        assert len({*both.map(begin, (aoi, midori))}) == 1
    assert Person.objects.filter(is_program=True).count() == 1


@pytest.mark.parametrize(
    "choice",
    [{}, {"role": "client"}, {"role": "supervisor"}, {"role": "counselor", "topic_main": "Weather"}],
    ids=["no role", "no model for the counselor", "no such role", "no such topic"],
)
def test_what_can_not_be_chosen_starts_nothing(choice, aoi, signed_in):
    assert signed_in(aoi).post("/practice", choice).status_code == 422
    assert not Session.objects.exists()


def test_words_on_a_topic_need_the_topic(aoi, signed_in):
    page = signed_in(aoi).post("/practice", {"role": "counselor", "topic_sub": "進級の不安"})
    assert page.status_code == 422
    assert "この言葉が当てはまるテーマを選ぶか" in page.content.decode()


def test_a_stranger_signs_in_first(signed_in, db):
    assert signed_in().get("/practice").headers["Location"].startswith("/sign-in")
