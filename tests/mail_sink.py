"""A mail server that keeps what it takes, for tests that run the platform in processes of its own."""

import email
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message


class Sink(socketserver.ThreadingTCPServer):
    """As much of SMTP as a client needs that sends one mail.

    Attributes:
        taken: the mails that were answered with a yes, or would have been if their sender had lived.
        ponders: seconds between a mail's last byte and the answer.
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self, ponders: float) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.taken: list[Message] = []
        self.ponders = ponders

    @property
    def url(self) -> str:
        """For KOKOROCHAT_EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self._say("220 sink")
        while line := self.rfile.readline():
            match line[:4].upper():
                case b"DATA":
                    self._say("354 go on")
                    self._take()
                case b"QUIT":
                    return self._say("221 bye")
                case _:
                    self._say("250 yes")
        return None

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if not line:
            return  # its sender died before the last byte
        self.server.taken.append(email.message_from_bytes(b"".join(lines)))
        time.sleep(self.server.ponders)
        self._say("250 taken")

    def _say(self, words: str) -> None:
        try:
            self.wfile.write(f"{words}\r\n".encode())
        except OSError:
            self.server.shutdown_request(self.request)


@contextmanager
def taking_mail(ponders: float = 0) -> Iterator[Sink]:
    """A server for as long as the block lasts."""
    with Sink(ponders) as sink:
        threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield sink
        sink.shutdown()
