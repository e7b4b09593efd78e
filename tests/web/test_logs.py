"""What never stands in a log."""

import asyncio
import io
import logging
import threading
from collections.abc import Iterator

import pytest
from django.conf import settings
from pythonjsonlogger.json import JsonFormatter

from kokorochat.web import logs
from kokorochat.web.logs import NoWords

WORDS = "眠れないんです"


@pytest.fixture(params=["line", "json"])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What a handler like the platform's own writes, in either format."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    described = settings.LOGGING["formatters"][request.param]
    handler.setFormatter(JsonFormatter(described["format"]) if "()" in described else logging.Formatter())
    handler.addFilter(NoWords())
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def failing(words: str) -> None:
    try:
        raise ValueError(f"can't read {words}")
    except ValueError as fault:
        raise KeyError(words) from fault


def test_a_sign_in_token_is_masked_wherever_a_path_is_logged():
    record = logging.LogRecord("django.request", 40, "", 1, "Failed: %s", ("/sign-in/s3cret-T0ken?next=/x",), None)
    assert NoWords().filter(record)
    assert record.getMessage() == "Failed: /sign-in/…?next=/x"


def test_a_link_from_a_mail_is_masked_too():
    record = logging.LogRecord("x", 40, "", 1, "failed at http://host:8000/account/mail/WzFd:1s3cret:T0ken", (), None)
    assert NoWords().filter(record)
    assert record.getMessage() == "failed at http://host:8000/account/mail/…"


def test_a_link_to_a_feedback_form_is_masked_too():
    record = logging.LogRecord("django.request", 40, "", 1, "Failed: %s", ("/feedback/s3cret-T0ken/draft",), None)
    assert NoWords().filter(record)
    assert record.getMessage() == "Failed: /feedback/…/draft"


def test_a_fault_is_told_by_its_kind_and_places_and_without_its_words(written):
    try:
        failing(WORDS)
    except KeyError:
        logging.getLogger("kokorochat").exception("a step failed")
    said = written.getvalue()
    assert "a step failed" in said
    assert "KeyError" in said
    assert "ValueError" in said, "what led to it is told"
    assert "in failing" in said
    assert WORDS not in said
    assert WORDS.encode("unicode-escape").decode() not in said


def test_a_fault_that_is_named_in_the_sentence_or_repeated_by_it_is_masked_too(written):
    fault = ValueError(WORDS)
    logging.getLogger("django.security.Odd").error(str(fault), exc_info=fault)
    logging.getLogger("kokorochat").error("it was %s", fault)
    said = written.getvalue()
    assert "it was ValueError" in said
    assert WORDS not in said


def test_every_part_of_a_group_is_told_without_its_words(written):
    group = ExceptionGroup(WORDS, [ValueError(WORDS), OSError(28, WORDS)])
    logging.getLogger("kokorochat").error("several", exc_info=group)
    said = written.getvalue()
    assert "OSError (28)" in said
    assert WORDS not in said


async def test_a_task_that_nobody_waits_for_tells_no_words(written):
    async def fails() -> None:
        raise ValueError(f"{WORDS}'\n")

    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": ValueError(f"{WORDS}'\n"), "task": fails}
    )
    assert "Task exception was never retrieved" in written.getvalue()
    assert WORDS not in written.getvalue()


def test_what_ends_a_thread_is_logged_without_its_words(written, monkeypatch, capsys):
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr("sys.excepthook", None)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    logs.log_what_ends_a_thread()
    thread = threading.Thread(target=failing, args=(WORDS,))
    thread.start()
    thread.join()
    assert "a thread has ended by a fault" in written.getvalue()
    assert WORDS not in written.getvalue() + capsys.readouterr().err
