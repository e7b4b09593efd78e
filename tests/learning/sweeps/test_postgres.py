"""The ledger in PostgreSQL: a cell has one worker over all machines, and who has lost it can't note its end."""

import os
import time

import psycopg
import pytest

from kokorochat.domain.errors import InputError
from kokorochat.learning.sweeps.folder import open_folder
from kokorochat.learning.sweeps.ledger import Unreachable
from kokorochat.learning.sweeps.postgres import PostgresClaim, PostgresLedger
from kokorochat.learning.sweeps.record import record, study_name
from kokorochat.learning.sweeps.settings import load_sweep
from parts import empty_postgres
from sweeps import trials, write_sweep

LEFT = {"metrics": {"validation": {"mae": {"mean": 0.5}}}, "run": {"revision": None}}
LEASE = 1.0


@pytest.fixture(scope="module")
def server():
    with empty_postgres() as url:
        yield url


@pytest.fixture
def url(server):
    """A database without what the test before has left."""
    with psycopg.connect(server.replace("postgres:", "postgresql:", 1), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS kokorochat_sweep_cells, kokorochat_sweeps")
    return server


@pytest.fixture
def sweep(tmp_path):
    return load_sweep(write_sweep(tmp_path, "longest_gram = [1, 2, 3]"))


@pytest.fixture
def machine(tmp_path, url, sweep):
    """Makes the ledger of a worker on a machine, whose folder has the machine's name."""

    def make(name, lease=60.0):
        out = tmp_path / name
        open_folder(out, sweep.definition("corpus"), sweep.cells)
        ledger = PostgresLedger(url, out, sweep.cells, sweep.name, lease)
        ledger.open(sweep.definition("corpus"))
        return ledger

    return make


def test_two_machines_never_get_the_same_cell(machine):
    one, other = machine("one"), machine("other")
    claims = [ledger.claim() for ledger in (one, other, one)]
    assert len({claim.cell.name for claim in claims}) == 3
    assert one.claim() is None
    assert other.claim() is None
    assert [standing.state for standing in other.standings()] == ["running"] * 3


def test_a_cell_is_free_when_its_workers_lease_has_run_out_and_the_lost_worker_can_note_nothing(machine):
    lost, heir = machine("lost", LEASE), machine("heir", LEASE)
    claims = [lost.claim() for _ in range(3)]
    assert heir.claim() is None
    time.sleep(LEASE + 0.2)
    taken = heir.claim()
    assert (taken.cell, taken.attempt) == (claims[0].cell, 2)
    assert not claims[0].holds()
    assert not claims[0].finish(9.0, LEFT)
    assert taken.finish(1.0, LEFT)
    standing = heir.standings()[0]
    assert (standing.state, standing.seconds, standing.documents) == ("done", 1.0, LEFT)


def test_a_lease_that_is_renewed_does_not_run_out(machine):
    worker, other = machine("worker", LEASE), machine("other", LEASE)
    claims = [worker.claim() for _ in range(3)]
    until = time.monotonic() + 1.5 * LEASE
    while time.monotonic() < until:
        time.sleep(0.1)
        assert all(claim.holds() for claim in claims)
    assert other.claim() is None


def test_an_end_that_is_noted_twice_is_noted_once(machine):
    ledger = machine("one")
    claim = ledger.claim()
    assert claim.finish(1.0, LEFT)
    # The answer was lost on the way, so it is tried again.
    again = PostgresClaim(ledger, claim.cell, claim.attempt, os.open(os.devnull, os.O_RDONLY), time.monotonic())
    assert again.finish(1.0, LEFT)


def test_a_cell_whose_folder_a_killed_workers_training_still_holds_is_passed_over(machine):
    worker = machine("here", LEASE)
    first = worker.claim()
    time.sleep(LEASE + 0.2)
    heir = machine("here", LEASE)
    assert heir.claim().cell != first.cell


def cut(url, allowed):
    """Cut all connections to a database, and say whether new ones are allowed."""
    server, _, name = url.replace("postgres:", "postgresql:", 1).rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


def test_a_broken_connection_is_made_anew(machine, url):
    ledger = machine("one")
    claim = ledger.claim()
    cut(url, allowed=True)
    assert claim.finish(1.0, LEFT)


def test_without_the_database_a_claim_is_held_until_its_lease_has_run_out(machine, url):
    ledger = machine("one", LEASE)
    claim = ledger.claim()
    cut(url, allowed=False)
    try:
        time.sleep(LEASE / 2)
        assert claim.holds()
        time.sleep(LEASE / 2 + 0.1)
        assert not claim.holds()
        with pytest.raises(Unreachable):
            claim.finish(1.0, LEFT)
    finally:
        cut(url, allowed=True)
    # Nobody could take the cell meanwhile.
    assert claim.finish(1.0, LEFT)


def test_failed_cells_can_be_opened_again(machine):
    ledger = machine("one")
    claims = [ledger.claim() for _ in range(3)]
    claims[0].fail(1.0, "no")
    claims[1].finish(1.0, LEFT)
    claims[2].release()
    assert [one.state for one in ledger.standings()] == ["failed", "done", "open"]
    assert ledger.standings()[0].reason == "no"
    assert ledger.reopen_failed() == 1
    assert not ledger.is_settled()


def test_optunas_record_stands_in_the_same_database(machine, url, sweep):
    from optuna.storages import RDBStorage

    one, other = machine("one"), machine("other")
    for ledger in (one, other, one):
        ledger.claim().finish(1.0, LEFT)
        record(sweep, ledger, ledger.standings())
    assert record(sweep, other, other.standings()) == 0
    storage = RDBStorage(url.replace("postgres:", "postgresql+psycopg:", 1))
    assert trials(storage, study_name(sweep)) == [(cell.name, "COMPLETE") for cell in sweep.cells]
    storage.engine.dispose()


def test_another_sweep_of_the_same_name_is_refused(machine, url, sweep, tmp_path):
    machine("one")
    other = load_sweep(write_sweep(tmp_path, "longest_gram = [1, 2]"))
    ledger = PostgresLedger(url, tmp_path / "two", other.cells, other.name)
    for refuse in (ledger.open, ledger.look):
        with pytest.raises(InputError, match="sweep grid: is of a sweep with another grid"):
            refuse(other.definition("corpus"))


def test_a_look_makes_no_table(url, sweep, tmp_path):
    ledger = PostgresLedger(url, tmp_path, sweep.cells, sweep.name)
    assert [one.state for one in ledger.look(sweep.definition("corpus"))] == ["open"] * 3
    with psycopg.connect(url.replace("postgres:", "postgresql:", 1)) as connection:
        assert connection.execute("SELECT to_regclass('kokorochat_sweeps')").fetchone() == (None,)


@pytest.mark.parametrize("address", ["postgresql://me:secret@127.0.0.1:1/none", "postgresql://me:secret@[::1/none"])
def test_a_database_that_cannot_be_reached_is_named_without_the_password(sweep, tmp_path, address):
    ledger = PostgresLedger(address, tmp_path, sweep.cells, sweep.name)
    for ask in (ledger.open, ledger.look):
        with pytest.raises(InputError, match=r"--storage.*can't be used") as refused:
            ask(sweep.definition("corpus"))
        assert "secret" not in str(refused.value)
