"""The demo: links that work, and a second start that doubles nothing."""

import json
import os

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.web import demo
from kokorochat.web.accounts.actions import add_person
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Session


@pytest.mark.django_db
def test_its_links_lead_each_person_where_they_should_go(signed_in, tmp_path):
    said = demo.announce(tmp_path, 8123, demo.fill(tmp_path))
    links = json.loads((tmp_path / demo.LINKS).read_text())
    assert all(link in said for link in links.values())
    assert (tmp_path / demo.LINKS).stat().st_mode & 0o077 == 0
    pages = {"counselor": "room desk", "client": "room phone", "practice": "room desk", "administrator": "事務局"}
    assert set(links) == set(pages)
    for who, words in pages.items():
        path = links[who].partition(":8123")[2]
        assert words in signed_in().get(path, follow=True).content.decode()


@pytest.mark.django_db
def test_a_second_start_adds_nothing(tmp_path):
    demo.announce(tmp_path, 8123, demo.fill(tmp_path))
    before = Person.objects.count(), Session.objects.count()
    demo.fill(tmp_path)
    assert (Person.objects.count(), Session.objects.count()) == before


@pytest.mark.django_db
def test_a_real_platform_is_not_filled_with_demo_people(tmp_path):
    add_person(None, "aoi", "あおい")
    with pytest.raises(InputError, match="holds a real platform"):
        demo.fill(tmp_path)
    assert Person.objects.count() == 1


def test_it_leaves_alone_what_the_user_has_set(monkeypatch, tmp_path):
    monkeypatch.setenv("KOKOROCHAT_DATA", str(tmp_path))
    monkeypatch.delenv("KOKOROCHAT_ORIGINS")
    assert demo.settings_of_demo(8123) == tmp_path
    assert "http://localhost:8123" in os.environ["KOKOROCHAT_ORIGINS"]


@pytest.mark.django_db
def test_a_real_platform_is_never_filled(aoi, tmp_path):
    with pytest.raises(InputError, match="holds a real platform"):
        demo.fill(tmp_path)
    assert Person.objects.count() == 1


def test_a_database_of_somebody_is_not_taken(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@127.0.0.1/real")
    with pytest.raises(InputError, match="must not fill a real database"):
        demo.settings_of_demo(8123)


def test_a_folder_that_is_not_ours_stays(tmp_path):
    (tmp_path / "demo-model").mkdir()
    (tmp_path / "demo-model" / "notes.txt").write_text("precious")
    with pytest.raises(InputError):
        demo.train_estimates(tmp_path)
    assert (tmp_path / "demo-model" / "notes.txt").read_text() == "precious"
