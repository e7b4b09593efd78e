"""A request that is not answered, in OpenAI's shape of errors."""

from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class Refusal(Exception):
    """Why there is no answer. It holds no words of any message.

    Attributes:
        status: of HTTP.
        code: by which programs know it.
        param: the field of the request that is to blame.
        wait: seconds after which another try may fare better.
    """

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    wait: int | None = None

    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}
