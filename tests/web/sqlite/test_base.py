import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, connections, transaction

from kokorochat.web.accounts.models import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def beside():
    """Run something in a thread with a connection of its own."""
    if connection.vendor != "sqlite":
        pytest.fail("this platform's own database is SQLite")
    with ThreadPoolExecutor(1) as pool:

        def run(work):
            def closed():
                try:
                    return work()
                finally:
                    connections.close_all()

            return pool.submit(closed)

        yield run


def add(name):
    with transaction.atomic():
        Person.objects.create(username=name)


def test_a_busy_writer_does_not_keep_another_waiting(beside):
    done, stop = [], threading.Event()

    def write_on_and_on():
        while not stop.is_set():
            with transaction.atomic():
                Person.objects.create(username=f"busy {len(done)}")
                time.sleep(0.02)
            done.append(1)

    busy = beside(write_on_and_on)
    while not done:
        pass
    before = len(done)
    try:
        for number in range(5):
            add(f"calm {number}")
    finally:
        stop.set()
    busy.result()
    # They take turns; one may come on top while each of ours is prepared.
    assert len(done) - before <= 5 * 2


def test_what_another_thread_has_begun_is_waited_for(beside):
    begun, go_on = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Person.objects.create(username="first")
            begun.set()
            assert go_on.wait(10)

    first = beside(hold)
    assert begun.wait(10)
    threading.Timer(0.2, go_on.set).start()
    with transaction.atomic():
        assert Person.objects.filter(username="first").exists()
    first.result()


@pytest.mark.parametrize("ends", ["by a fault", "by a lost connection"])
def test_a_transaction_that_ends_badly_gives_its_turn_back(beside, ends):

    def fail():
        with transaction.atomic():
            Person.objects.create(username="lost")
            if ends == "by a lost connection":
                connection.close()
            raise OperationalError

    with pytest.raises(OperationalError):
        fail()
    beside(lambda: add("next")).result(5)
    assert [person.username for person in Person.objects.all()] == ["next"]


def test_no_turn_within_the_patience_is_a_locked_database(beside, monkeypatch):
    with transaction.atomic():

        def hurried():
            monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
            add("hurried")

        with pytest.raises(OperationalError, match="locked"):
            beside(hurried).result()
    add("afterwards")
    assert [person.username for person in Person.objects.all()] == ["afterwards"]
