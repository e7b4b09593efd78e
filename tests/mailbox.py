"""A mail server that takes everything and keeps it, for tests."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator


class _Mails(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    kept: list[bytes]


class _Talk(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as Python's own client speaks."""

    def handle(self) -> None:
        mails = self.server
        assert isinstance(mails, _Mails)
        self.wfile.write(b"220 tests\r\n")
        for line in self.rfile:
            command = line[:4].upper()
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                mails.kept.append(b"".join(lines))
            self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 done\r\n")
            if command == b"QUIT":
                return


@contextlib.contextmanager
def mailbox() -> Iterator[tuple[str, list[bytes]]]:
    """Its address as `smtp://host:port`, and the mails that have come, each as it came."""
    with _Mails(("127.0.0.1", 0), _Talk) as server:
        server.kept = []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"smtp://127.0.0.1:{server.server_address[1]}", server.kept
        server.shutdown()
