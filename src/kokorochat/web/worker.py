"""What the platform does by itself, apart from any page: a list of duties, each looked after again and again.

`kokorochat web worker` runs them; where the platform is one process, `web serve` does. Any number of workers may run
at once: a duty claims the rows that it works on, and leaves no trace in memory, so it may be killed at any moment.
"""

import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import close_old_connections, connections

from kokorochat.web import alert_mail, forgetting, logs, notice_mail, signs, telling, wal
from kokorochat.web.roleplay.actions import drop_forgotten_drafts
from kokorochat.web.roleplay.signals import alert_raised, session_changed
from kokorochat.web.transports.line import deliver, door, groups, inbox, outbox, quota, relays, typing

logger = logging.getLogger(__name__)

AFTER_A_FAULT = 5.0
"""Seconds until a duty that failed is tried again."""


@dataclass(frozen=True)
class Duty:
    """Something that has to be done again and again.

    Attributes:
        work: does what is due; True if there may be more at once.
        pause: seconds until the next look when nothing was due.
        threads: how many look after it side by side.
        woken: whether it looks at once when something was stored in this process.
    """

    name: str
    work: Callable[[], bool]
    pause: float
    threads: int = 1
    woken: bool = False


def duties() -> list[Duty]:
    """All that this platform has to do, by the doors that it has."""
    always = [
        Duty("reminders of feedback", telling.remind, 60.0),
        Duty("doors for notices of feedback", telling.choose_doors, 1.0),
        Duty("drafts of feedback that nobody comes back to", drop_forgotten_drafts, 3600.0),
        Duty("sign-ins that are over", forgetting.forget_sign_ins, forgetting.EVERY),
        Duty("the log of SQLite", wal.empty, wal.EVERY),
    ]
    line = [
        Duty("what LINE brings", inbox.process, 0.25),
        Duty("sessions that open on LINE", relays.open_relays, 0.5),
        Duty("sessions that waited for the consent of their client", relays.go_on_after_consent, 1.0),
        Duty("what goes to LINE", outbox.fill, 0.5, woken=True),
        Duty("what changes beside the talks on LINE", outbox.tell_changes, 1.0),
        Duty("sending to LINE", deliver.send, 0.25, threads=4),
        Duty("the typing sign on LINE", typing.show, 1.0),
        Duty("groups to leave on LINE", groups.leave, 30.0),
        Duty("the quota of LINE", quota.refresh, 60.0),
        Duty("what LINE can't be given any more", outbox.sweep, 60.0),
        Duty("what LINE brought long ago", inbox.forget, forgetting.EVERY),
    ]
    mail = [
        Duty("alerts by mail", alert_mail.send_due, 5.0, woken=True),
        Duty("notices of feedback by mail", notice_mail.send_due, 5.0),
    ]
    return always + (line if door.is_open() else []) + (mail if settings.MAILS else [])


class Worker:
    """Looks after duties in threads of its own until it is told to stop."""

    def __init__(self, duties: Sequence[Duty]) -> None:
        self._stopping = threading.Event()
        self._woken = threading.Condition()
        self._wakes = 0
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        looks = [duty for duty in duties for _ in range(duty.threads)]
        # Daemons: a call that hangs must not keep a process alive that was told to end.
        self._threads = [threading.Thread(target=self._look_after, args=(duty,), daemon=True) for duty in looks]
        if looks:
            self._threads.append(threading.Thread(target=self._give_signs, daemon=True))

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 15.0) -> None:
        """Take up nothing new, and wait for what is being done."""
        self._stopping.set()
        self.wake()
        for thread in self._threads:
            thread.join(seconds)

    def wake(self, *_: Any, **__: Any) -> None:
        """Something may be due: look now."""
        with self._woken:
            self._wakes += 1
            self._woken.notify_all()

    def note_change(self, number: int | None = None, **_: Any) -> None:
        """A session has changed: only an event of the talk is anything to a duty, not what somebody has seen of it."""
        if number is not None:
            self.wake()

    def _look_after(self, duty: Duty) -> None:
        try:
            while not self._stopping.is_set():
                seen, pause = self._wakes, duty.pause
                try:
                    if _done_by(duty):
                        continue
                except DatabaseFault as fault:
                    # The database is away or busy: a line is enough.
                    logger.warning("%s: %s; trying again", duty.name, type(fault).__name__)
                    connections.close_all()
                    pause = AFTER_A_FAULT
                except Exception:
                    logger.exception("%s: failed; trying again", duty.name)
                    pause = AFTER_A_FAULT
                self._rest(pause, seen if duty.woken else None)
        finally:
            connections.close_all()

    def _give_signs(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(DatabaseFault):
                signs.give(self._name)
            close_old_connections()
            self._stopping.wait(signs.EVERY.total_seconds())
        with contextlib.suppress(DatabaseFault):
            signs.take_leave(self._name)
        connections.close_all()

    def _rest(self, seconds: float, seen: int | None) -> None:
        with self._woken:
            self._woken.wait_for(lambda: self._stopping.is_set() or (seen is not None and self._wakes != seen), seconds)


def _done_by(duty: Duty) -> bool:
    try:
        return duty.work()
    finally:
        # There are more threads than connections in PostgreSQL's pool: none keeps one that it does not use.
        close_old_connections()


@contextlib.contextmanager
def working() -> Iterator[None]:
    """Look after the duties beside what is done inside; what this process stores wakes them at once."""
    worker = Worker(duties())
    session_changed.connect(worker.note_change)
    alert_raised.connect(worker.wake)
    worker.start()
    try:
        yield
    finally:
        session_changed.disconnect(worker.note_change)
        alert_raised.disconnect(worker.wake)
        worker.stop()


def work_until_told() -> None:
    """Look after the duties until SIGTERM or SIGINT; what has been begun is finished."""
    logs.log_what_ends_a_thread()
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    with working():
        told.wait()
