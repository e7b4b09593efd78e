"""A column type."""

import json
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
else:
    _Text = models.TextField


class JSONTextField(_Text):
    """JSON kept as text.

    Django's own JSONField puts a JSON function into a CHECK, which SQLite forbids under `trusted_schema=OFF`.
    """

    if TYPE_CHECKING:
        # What the type checker lets one assign to and read from the column.
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, *_: object) -> Any:
        """The object that was stored."""
        return None if value is None else json.loads(value)

    def get_prep_value(self, value: Any) -> str | None:
        """The text to be stored."""
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def to_python(self, value: Any) -> Any:
        """As `from_db_value`; an object stays what it is."""
        return json.loads(value) if isinstance(value, str) else value
