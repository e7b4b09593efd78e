"""What an action answers if it can't be done."""

from django.utils.translation import gettext as _


class RefusedError(Exception):
    """Something can't be done now. `code` is for programs, the message for the person who tried."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def not_found() -> RefusedError:
    """For a stranger a session is as unknown as one that is not."""
    return RefusedError("not-found", _("This session does not exist, or it is not yours."))
