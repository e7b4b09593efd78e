"""What a check says."""

from dataclasses import dataclass

LEVELS = ("error", "warning", "info")

Note = tuple[str, str, str, str]
"""What a check says of one dialogue: level, code, where, message. Never the words of a message: they are sensitive."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes:
        level: one of `LEVELS`.
        code: a stable name for the kind of fault; docs/data-format.md lists them.
        file: where it was read; the corpus' path for what is said of the corpus as a whole.
        dialogue: the dialogue's id; empty where it isn't known or the corpus is meant.
        where: the field or utterance (`12:3` is the fourth message of dialogue 12), empty for the whole.
    """

    level: str
    code: str
    file: str
    dialogue: str
    where: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """The finding as it is printed by `--json`."""
        return {name: getattr(self, name) for name in self.__slots__}
