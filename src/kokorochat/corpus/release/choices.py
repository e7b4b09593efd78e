"""What a person decides about a release, beside the form that they fill in."""

from dataclasses import dataclass, field
from pathlib import Path

from kokorochat.corpus.release.leaving_out import LeaveOut
from kokorochat.domain.errors import InputError


@dataclass(frozen=True)
class Choices:
    """How a release is made; the defaults tell the least about people.

    Attributes:
        keep_ids: leave the ids of dialogues and people as they are.
        link_roles: give a person who played both roles one number.
        keep_times: leave dates and times as they are.
        leave_out: who asked not to be in it.
        missing_ok: what is to be left out need not be there.
        reviewed_by: who looked at the texts; the manifest and the card name them.
        linking_key: a new file for the table from source ids to released numbers; None keeps no such table.
    """

    keep_ids: bool = False
    link_roles: bool = False
    keep_times: bool = False
    leave_out: LeaveOut = field(default_factory=LeaveOut)
    missing_ok: bool = False
    reviewed_by: tuple[str, ...] = ()
    linking_key: Path | None = None

    def check(self) -> None:
        """See that the choices go together.

        Raises:
            InputError: two exclude each other, or a reviewer has no name.
        """
        if self.keep_ids and self.linking_key is not None:
            raise InputError("--keep-key", "is the table of new numbers, and --keep-ids gives none", "Leave one away")
        if self.keep_ids and self.link_roles:
            raise InputError("--link-roles", "is about new numbers, and --keep-ids gives none", "Leave one away")
        if any(not name.strip() or not name.isprintable() for name in self.reviewed_by):
            raise InputError("--reviewed-by", "is no name", "Write who looked at the texts")

    def described(self) -> dict[str, str]:
        """The choices as a manifest tells them."""
        return {
            "ids": "kept" if self.keep_ids else "new, drawn at random for this release",
            "people": "kept" if self.keep_ids else "one number for both roles" if self.link_roles else "apart by role",
            "times": "kept" if self.keep_times else "counted from the first message",
        }
