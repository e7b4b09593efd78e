"""A throwaway platform: the real program in a process of its own, on a free port, with an empty database."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from kokorochat.domain.errors import InputError
from kokorochat.web.fake_line.channel import Settings
from kokorochat.web.fake_line.server import SECRET, TOKEN, running

START_SECONDS = 60.0
"""How long a start may take; on an idle machine it is about one second."""

_HOST = "127.0.0.1"
_OURS = ("KOKOROCHAT_", "DJANGO_")
_SERVE = ("-m", "kokorochat", "web", "serve")


class Platform:
    """A platform that lives as long as its `with` block; everything it stored goes with it.

    The settings of the caller's own platform are not inherited, so that nothing of it can be touched.

    Attributes:
        url: where it is reached, as `http://127.0.0.1:PORT`.
        line_url: where its fake LINE platform is reached; None without one.
        folder: its data and its log, for as long as it lives.
        kills: how many times it was killed.
    """

    def __init__(
        self,
        *,
        database_url: str | None = None,
        redis_url: str | None = None,
        line: bool = False,
        serve: Sequence[str] = _SERVE,
    ) -> None:
        """Choose a place; nothing is started before the `with` block.

        Args:
            database_url: an empty PostgreSQL database; SQLite in the folder if None.
            redis_url: a Redis for wake-ups and presence; inside the process if None.
            line: give it a LINE door, and a fake LINE platform in this process that outlives each kill.
            serve: what Python runs instead of `-m kokorochat web serve`; `--port PORT` is added.
        """
        self._temporary = tempfile.TemporaryDirectory(prefix="kokorochat-platform-")
        self.folder = Path(self._temporary.name)
        self.port = _free_port()
        self.url = f"http://{_HOST}:{self.port}"
        self.kills = 0
        self._serve = tuple(serve)
        self._process: subprocess.Popen[bytes] | None = None
        self._link: str | None = None
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_OURS) and name not in ("DATABASE_URL", "REDIS_URL")
        } | {"KOKOROCHAT_DATA": str(self.folder), "KOKOROCHAT_ORIGINS": self.url}
        if database_url:
            self.environment["DATABASE_URL"] = database_url
        if redis_url:
            self.environment["REDIS_URL"] = redis_url
        self.line_url = f"http://{_HOST}:{_free_port()}" if line else None
        self._fake = contextlib.ExitStack()
        if self.line_url:
            self.environment["KOKOROCHAT_LINE_API"] = self.line_url
            self.environment["KOKOROCHAT_LINE_SECRET"] = SECRET
            self.environment["KOKOROCHAT_LINE_TOKEN"] = TOKEN

    def __enter__(self) -> Self:
        """Make the tables and the administrator, and start.

        Raises:
            InputError: one of these fails; the message holds what the platform said.
        """
        try:
            if self.line_url:
                settings = Settings(SECRET, TOKEN, f"{self.url}/line/webhook")
                port = int(self.line_url.rpartition(":")[2])
                self._fake.enter_context(running(settings, _HOST, port))
            self._command("web", "migrate")
            self._link = str(json.loads(self._command("web", "add-administrator", "replay", "--json"))["link"])
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and remove the folder."""
        self.close()

    @property
    def administrator_link(self) -> str:
        """The administrator's sign-in link; it works for 24 hours."""
        assert self._link is not None, "the platform has not been started"
        return self._link

    @property
    def pid(self) -> int:
        """The serving process."""
        assert self._process is not None, "it does not run"
        return self._process.pid

    @property
    def log(self) -> str:
        """What the serving processes have written to standard error so far."""
        file = self.folder / "server.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def start(self) -> None:
        """Start serving and wait until it answers.

        Raises:
            InputError: the process ended, or gave no answer within a minute; the message holds the end of its log.
        """
        assert self._process is None, "it is running"
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._serve, "--port", str(self.port)],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        give_up = time.monotonic() + START_SECONDS
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > give_up:
                raise InputError(
                    "the throwaway platform", f"did not start: {self.log[-500:].strip()}", "Mend what it names"
                )
            time.sleep(0.02)

    def kill(self) -> None:
        """End the process at once, without any chance to tidy up (SIGKILL)."""
        self._end(signal.SIGKILL)
        self.kills += 1

    def close(self) -> None:
        """Stop if it runs, and remove the folder."""
        self._end(signal.SIGTERM)
        self._fake.close()
        self._temporary.cleanup()

    def _end(self, by: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(by)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _command(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "kokorochat", *arguments], env=self.environment, capture_output=True, text=True
        )
        if done.returncode:
            raise InputError(
                "the throwaway platform",
                f"`kokorochat {' '.join(arguments)}` failed: {done.stderr[-500:].strip()}",
                "Mend what it names",
            )
        return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port
