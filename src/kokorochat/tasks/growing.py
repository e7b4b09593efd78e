"""A file of lines that grows while a model is asked, so that an interrupted run loses nothing.

Until all lines are there they stand in a file of the same name with `.partial` behind it; then the whole file takes its
place in one step.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

import msgspec

from kokorochat.corpus.sources.containers import regular_file
from kokorochat.corpus.writing import room
from kokorochat.domain.errors import InputError
from kokorochat.tasks.lines import check_replaceable, decode_line, encode_line, file_bytes, write_lines

Header = TypeVar("Header", bound=msgspec.Struct)
Record = TypeVar("Record", bound=msgspec.Struct)


@dataclass(frozen=True)
class GrowingFile(Generic[Header, Record]):
    """A file that is being made.

    Attributes:
        out: where it will stand.
        header: its first line.
        record: the type of its other lines.
    """

    out: Path
    header: Header
    record: type[Record]

    @property
    def partial(self) -> Path:
        """Where it grows."""
        return Path(f"{self.out}.partial")

    def left(self, check: Callable[[Header, Path], None]) -> list[Record]:
        """What an interrupted run has left; a last line that was cut off is dropped.

        Args:
            check: raises if a header is of another run.

        Raises:
            InputError: the file can't be read, or `check` says so.
        """
        if not self.partial.exists():
            return []
        lines = file_bytes(self.partial).split(b"\n")[:-1]
        if not lines:
            return []
        check(decode_line(lines[0], type(self.header), f"{self.partial}, line 1 (the header)"), self.partial)
        records = []
        for number, line in enumerate(lines[1:], start=2):
            # A crash of the machine may leave a hole anywhere after the last flush: what follows is asked again.
            with suppress(InputError):
                records.append(decode_line(line, self.record, f"{self.partial}, line {number}"))
        return records

    @contextmanager
    def grow(self, known: Iterable[Record]) -> Iterator[Callable[[Iterable[Record]], None]]:
        """Start the growing file with the lines that are known already; gives the function that adds more.

        Added lines outlive the process from the moment when the function returns. They are forced onto the disk, to
        outlive the machine too, once a second: for a fast model that would cost more than its answers.

        Raises:
            InputError: the file can't be written, what stands at `out` is something else, or another run is writing it.
        """
        check_replaceable(self.out, self.header)
        try:
            with ExitStack() as held:
                is_new = os.fstat(self._hold(held).fileno()).st_size == 0
                try:
                    write_lines(self.partial, self.header, known)
                except BaseException:
                    if is_new:
                        self.partial.unlink(missing_ok=True)
                    raise
                file = self._hold(held)
                forced = time.monotonic()

                def add(records: Iterable[Record]) -> None:
                    nonlocal forced
                    file.write(b"".join(encode_line(record, str(self.partial)) for record in records))
                    file.flush()
                    if time.monotonic() - forced >= 1:
                        os.fsync(file.fileno())
                        forced = time.monotonic()

                yield add
        except OSError as fault:
            remedy = room(fault, "a file in a folder you own")
            raise InputError(str(self.partial), f"can't be written ({fault.strerror})", remedy) from None

    def _hold(self, until: ExitStack) -> BinaryIO:
        """The growing file, made if it isn't there, and kept from every other run until the end."""
        self.partial.parent.mkdir(parents=True, exist_ok=True)
        file: BinaryIO = until.enter_context(open(self.partial, "ab", opener=regular_file))  # noqa: SIM115
        with suppress(ImportError):
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                remedy = "Wait until it has ended, or name another file"
                raise InputError(str(self.partial), "is being written by another run", remedy) from None
            except OSError:
                # A file system without locks: whoever starts two runs at one place there must know.
                pass
        return file

    def finish(self, records: Iterable[Record]) -> None:
        """Put the whole file in its place."""
        write_lines(self.out, self.header, records)
        self.partial.unlink(missing_ok=True)
