"""What is noted on the way: JSON lines of steps and of looks at the validation part, and TensorBoard's files."""

import json
from pathlib import Path
from typing import Any

from kokorochat.domain.errors import InputError

LOG, TENSORBOARD = "log.jsonl", "tensorboard"


class Journal:
    """The notes of a training, in a folder of their own, that go on after an interruption."""

    def __init__(self, folder: Path, step: int) -> None:
        """Open the notes.

        Args:
            step: that is stored; what was noted after it will be noted again. 0 for a new training.

        Raises:
            InputError: they can't be written.
        """
        from torch.utils.tensorboard import SummaryWriter

        self._log, known = folder / LOG, list[dict[str, Any]]()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if step and self._log.exists():
                known = [row for row in read_log(self._log) if row["step"] <= step]
            self._log.write_text("".join(map(_line, known)), encoding="utf-8")
            self._file = self._log.open("a", encoding="utf-8")
            self._board = SummaryWriter(str(folder / TENSORBOARD), purge_step=step + 1)
        except OSError as fault:
            raise InputError(
                str(folder), f"can't be written ({fault.strerror})", "Name a folder that you own"
            ) from None

    def note(self, kind: str, step: int, **figures: float) -> None:
        """Note figures.

        Args:
            kind: "train" or "validation".
            step: after which they were taken.

        Raises:
            InputError: they can't be written, as on a full disk.
        """
        try:
            self._file.write(_line({"kind": kind, "step": step, **figures}))
            self._file.flush()
            for name, value in figures.items():
                self._board.add_scalar(f"{kind}/{name}", value, step)
        except OSError as fault:
            problem = f"can't be written ({fault.strerror}); the last stored state is left as it was"
            raise InputError(str(self._log), problem, "Make room, and go on with --resume") from None

    def close(self) -> None:
        """Write what is still in memory."""
        self._file.close()
        self._board.close()


def read_log(file: Path) -> list[dict[str, Any]]:
    """The rows that were noted; what was cut off by a crash is left out."""
    rows = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and isinstance(row.get("step"), int):
            rows.append(row)
    return rows


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row) + "\n"
