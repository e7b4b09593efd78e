"""The demo: links that work, and a second start that doubles nothing."""

import json

import pytest

from kokorochat.web import demo
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Session


@pytest.mark.django_db
def test_its_links_lead_each_person_where_they_should_go(signed_in, tmp_path):
    said = demo.announce(tmp_path, 8123, demo.fill())
    links = json.loads((tmp_path / demo.LINKS).read_text())
    assert all(link in said for link in links.values())
    assert (tmp_path / demo.LINKS).stat().st_mode & 0o077 == 0
    pages = {"counselor": "room desk", "client": "room phone", "practice": "room desk", "administrator": "事務局"}
    assert set(links) == set(pages)
    for who, words in pages.items():
        path = links[who].partition(":8123")[2]
        assert words in signed_in().get(path, follow=True).content.decode()


@pytest.mark.django_db
def test_a_second_start_adds_nothing():
    demo.fill()
    before = Person.objects.count(), Session.objects.count()
    demo.fill()
    assert (Person.objects.count(), Session.objects.count()) == before


def test_it_leaves_alone_what_the_user_has_set(monkeypatch, tmp_path):
    monkeypatch.setenv("KOKOROCHAT_DATA", str(tmp_path))
    monkeypatch.delenv("KOKOROCHAT_ORIGINS")
    assert demo.settings_of_demo(8123) == tmp_path
    import os

    assert "http://localhost:8123" in os.environ["KOKOROCHAT_ORIGINS"]
