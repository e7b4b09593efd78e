"""A network between a page and the platform that can fall silent, while every connection goes on looking open."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

UP, DOWN = "up", "down"


class Way:
    """One connection through the network, and what it holds back in each direction."""

    def __init__(self, page: socket.socket, platform: socket.socket, silent: set[str]) -> None:
        self.ends = {UP: (page, platform), DOWN: (platform, page)}
        self.silent = silent
        self.held: list[tuple[str, bytes]] = []
        self.lock = threading.Lock()
        self.is_socket = False
        for direction in self.ends:
            threading.Thread(target=self._carry, args=(direction,), daemon=True).start()

    def _carry(self, direction: str) -> None:
        source, target = self.ends[direction]
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                with self.lock:
                    self.is_socket |= part.startswith(b"GET /ws/")
                    if direction in self.silent:
                        self.held.append((direction, part))
                    else:
                        target.sendall(part)
            if not self.silent:
                target.shutdown(socket.SHUT_WR)

    def let_through(self) -> None:
        """Bring what was held back, and all that comes."""
        with self.lock:
            for direction, part in self.held:
                with contextlib.suppress(OSError):
                    self.ends[direction][1].sendall(part)
            self.held, self.silent = [], set()

    def close(self) -> None:
        for end in self.ends[UP]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Network:
    """The network: what it takes arrives nowhere once it is silent, and it closes nothing.

    Attributes:
        url: where a page reaches the platform through it.
        silent: the directions in which connections to come are silent from their beginning.
    """

    def __init__(self, port: int) -> None:
        """A network that leads to a port of this machine."""
        self._port = port
        self._ways: list[Way] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.silent: set[str] = set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for way in self._ways:
            way.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                page, _ = self._server.accept()
                platform = socket.create_connection(("127.0.0.1", self._port))
                self._ways.append(Way(page, platform, set(self.silent)))

    @property
    def sockets(self) -> int:
        """How many WebSockets were opened through it, or tried to be."""
        return sum(way.is_socket for way in self._ways)

    def fall_silent(self, *directions: str) -> None:
        """All connections that are open now; those that come are carried."""
        for way in self._ways:
            with way.lock:
                way.silent = {*(directions or (UP, DOWN))}

    def let_through(self) -> None:
        """Bring all that was held back, late."""
        for way in self._ways:
            way.let_through()
