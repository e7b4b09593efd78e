"""The brake: guesses and floods are slowed down, for the one who makes them and for nobody else."""

from types import SimpleNamespace

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import RequestFactory

from kokorochat.web import brake, health
from kokorochat.web.accounts import views
from kokorochat.web.accounts.actions import make_sign_in_link, set_password

SECRET = "correct horse battery"


@pytest.fixture
def clock(monkeypatch):
    """The brake's clock, which stands until it is moved."""
    now = SimpleNamespace(at=1_800_000_000.0)
    monkeypatch.setattr(brake, "time", SimpleNamespace(time=lambda: now.at))
    return now


@pytest.fixture(autouse=True)
def _quick_passwords(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def attempt(browser, password, name="aoi", address="203.0.113.7"):
    return browser.post("/sign-in", {"username": name, "password": password}, REMOTE_ADDR=address)


def test_guessing_a_password_is_stopped_with_the_time_to_try_again(aoi, signed_in, clock):
    set_password(aoi, SECRET)
    browser = signed_in()
    guesses = [attempt(browser, "guess") for _ in range(views.ONE_ACCOUNT_FROM_ONE_ADDRESS.tries + 1)]
    assert [answer.status_code for answer in guesses] == [200] * 5 + [429]
    assert guesses[-1]["Retry-After"] == "300"
    assert "以降にもう一度お試しください" in guesses[-1].content.decode()
    assert attempt(browser, SECRET).status_code == 429  # the right one tells a guesser nothing
    assert attempt(signed_in(), SECRET, address="198.51.100.9").status_code == 302  # herself, elsewhere
    clock.at += 300
    assert attempt(browser, SECRET).status_code == 302


@pytest.mark.parametrize("name", ["aoi", "AOI", "nobody-of-that-name"])
def test_a_name_is_counted_whether_it_exists_or_not_and_however_it_is_written(name, aoi, signed_in, clock):
    browser = signed_in()
    answers = [attempt(browser, "guess", name.swapcase() if turn % 2 else name).status_code for turn in range(6)]
    assert answers == [200] * 5 + [429]


def test_many_addresses_do_not_make_a_guesser_free(aoi, signed_in, clock):
    set_password(aoi, SECRET)
    browser = signed_in()
    codes = [attempt(browser, "guess", address=f"203.0.113.{turn}").status_code for turn in range(51)]
    assert codes == [200] * views.ONE_ACCOUNT.tries + [429]


def test_good_sign_ins_never_add_up(aoi, signed_in, clock):
    set_password(aoi, SECRET)
    assert {attempt(signed_in(), SECRET).status_code for _ in range(70)} == {302}


def test_guessing_links_is_stopped_and_good_links_never_add_up(aoi, signed_in, clock):
    browser, token = signed_in(), make_sign_in_link(None, aoi)
    assert {signed_in().get(f"/sign-in/{token}").status_code for _ in range(70)} == {302}
    codes = [browser.get(f"/sign-in/guess-{turn}").status_code for turn in range(views.ONE_ADDRESS.tries + 1)]
    assert codes == [404] * 60 + [429]


def test_an_endpoint_for_programs_answers_when_to_come_again(db, client, clock):
    for _ in range(health.POLLS.tries):
        assert client.get("/health").status_code == 200
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (429, {"error": "too many requests", "retry_after": 60})
    assert client.get("/health", REMOTE_ADDR="198.51.100.9").status_code == 200
    clock.at += 60
    assert client.get("/health").status_code == 200


def test_neither_names_nor_addresses_stand_in_the_cache(aoi, signed_in):
    attempt(signed_in(), "guess")
    kept = str(vars(caches["brake"]))
    assert "brake:" in kept
    assert "203.0.113" not in kept
    assert "aoi" not in kept


def test_if_the_shared_count_is_away_each_process_counts_by_itself(aoi, signed_in, clock, monkeypatch, caplog):
    add = LocMemCache.add

    def away(self, *arguments, **options):
        if self is caches["brake"]:
            raise ConnectionError("Redis at secret-host is away")
        return add(self, *arguments, **options)

    monkeypatch.setattr(LocMemCache, "add", away)
    browser = signed_in()
    assert [attempt(browser, "guess").status_code for _ in range(6)] == [200] * 5 + [429]
    assert "away: ConnectionError" in caplog.text
    assert "secret-host" not in caplog.text


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_an_address_is_that_of_one_customer(given, counted):
    assert brake.address_of(RequestFactory().get("/", REMOTE_ADDR=given)) == counted
