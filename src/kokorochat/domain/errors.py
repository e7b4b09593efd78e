"""The one exception that a user may meet."""

from dataclasses import dataclass


# Not frozen: Python itself writes the traceback into an exception that passes through a context manager.
@dataclass(eq=False)
class InputError(Exception):
    """Something that was given to us can't be used.

    Attributes:
        place: the file, dialogue and field where the fault lies, as exactly as it is known.
        problem: what is wrong there.
        remedy: what the reader of the message can do about it.
    """

    place: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}. {self.remedy}"
