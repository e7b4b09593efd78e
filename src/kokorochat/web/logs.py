"""What never stands in a log: sign-in tokens, and the words of people.

A fault's message may hold words: PostgreSQL's names the row that it refuses, a decoder's the text that it can't read.
So of a fault its kind, its code and the places in our code are told, and never its message.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator

_TOKEN = re.compile(r"(/(?:sign-in|feedback|account/mail)/)[^/?\s'\"]+")
_SHORTEST = 2
"""Characters of a fault's text that are looked for in a log's own sentence; a single one tells nothing."""

logger = logging.getLogger(__name__)


class NoWords(logging.Filter):
    """Masks tokens in paths, since a reader of logs must not be able to act for others, and faults' words."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask, and let the record pass."""
        if isinstance(record.args, tuple):
            record.args = tuple(kind_of(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
        message = record.getMessage()
        fault = record.exc_info[1] if record.exc_info else None
        if fault is not None:
            record.exc_text, record.exc_info = told(fault), None
            message = _without(fault, message)
        record.msg, record.args = _TOKEN.sub(r"\1…", message), ()
        return True


def told(fault: BaseException) -> str:
    """A fault as a log may hold it: what led to it first, each with its places in the code and its kind."""
    parts = []
    for one in _chain(fault):
        places = "".join(traceback.StackSummary.from_list(traceback.extract_tb(one.__traceback__)).format())
        parts.append(f"Traceback (most recent call last):\n{places}{kind_of(one)}")
    return "\n\n".join(parts)


def kind_of(fault: BaseException) -> str:
    """The name of a fault's class, and the code of the database or the system if it has one."""
    code = next((code for name in _CODES if isinstance(code := getattr(fault, name, None), str | int)), None)
    kind = f"{type(fault).__module__}.{type(fault).__qualname__}".removeprefix("builtins.")
    return kind if code is None else f"{kind} ({code})"


_CODES = ("sqlstate", "sqlite_errorname", "errno")


def log_what_ends_a_thread() -> None:
    """Let faults that nobody catches go to the log, and not in full to standard error."""

    def of_thread(given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None and given.exc_type is not SystemExit:
            logger.critical("a thread has ended by a fault", exc_info=given.exc_value)

    def of_process(_kind: type[BaseException], fault: BaseException, _trace: object) -> None:
        logger.critical("the process ends by a fault", exc_info=fault)

    threading.excepthook, sys.excepthook = of_thread, of_process
    logging.raiseExceptions = False  # else an entry that can't be written is printed, arguments and all


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """A fault after those that it was raised from, and each group before its parts."""
    before = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if before is not None:
        yield from _chain(before)
    yield fault
    if isinstance(fault, BaseExceptionGroup):
        for part in fault.exceptions:
            yield from _chain(part)


def _without(fault: BaseException, message: str) -> str:
    """A log's sentence without what a fault says: Django's and asyncio's own repeat it."""
    said = {text for one in _chain(fault) for text in (str(one), repr(one), *map(str, one.args), *map(repr, one.args))}
    for text in sorted(said, key=len, reverse=True):
        if len(text) >= _SHORTEST:
            message = message.replace(text, "…")
    return message
