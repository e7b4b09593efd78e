"""Where an interrupted training goes on: its whole state in one file beside the folder that it is to fill."""

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from kokorochat.corpus.writing import write_file
from kokorochat.domain.errors import InputError

_REMEDY = "Train without --resume, which begins anew"


@dataclass(frozen=True)
class Checkpoint:
    """The place of a checkpoint and what it must be of.

    Attributes:
        file: where it stands; written whole, or left as it was.
        identity: of all that the weights follow from: settings, seed, tokens and talks.
    """

    file: Path
    identity: str

    def save(self, state: dict[str, Tensor], notes: str) -> None:
        """Store the state of a training, and what was noted on the way, as JSON.

        Raises:
            InputError: it can't be written, as on a full disk; then the one before stays.
        """
        whole = {name: value.contiguous() for name, value in state.items()}
        try:
            write_file(self.file, save(whole, {"identity": self.identity, "notes": notes}))
        except OSError as fault:
            problem = f"can't be written ({fault.strerror}); the state stored before it is left as it was"
            raise InputError(str(self.file), problem, "Make room, and go on with --resume") from None

    def read(self) -> tuple[dict[str, Tensor], str] | None:
        """The state and the notes; None if there is no checkpoint.

        Raises:
            InputError: it is damaged, or of another run.
        """
        if not self.file.exists():
            return None
        try:
            with safe_open(self.file, framework="pt") as opened:
                told = opened.metadata() or {}
            state = load_file(self.file)
        except (SafetensorError, OSError, ValueError) as fault:
            raise InputError(str(self.file), f"can't be read ({fault})", _REMEDY) from None
        if told.get("identity") != self.identity:
            raise InputError(str(self.file), "is of a run with other settings, talks or versions", _REMEDY)
        return state, told.get("notes", "[]")

    def remove(self) -> None:
        """Leave nothing behind."""
        self.file.unlink(missing_ok=True)
