"""Changes that spoil a record of the published shape."""

from collections.abc import Callable
from typing import Any


def both_reviews(key_en: str, key_jp: str, value: object) -> Callable[[dict[str, Any]], None]:
    """A change of the same field in both review blocks."""

    def change(record: dict[str, Any]) -> None:
        record["review_by_client_en"][key_en] = value
        record["review_by_client_jp"][key_jp] = value

    return change
