"""The two languages of the pages and figures that the analysis writes."""

from enum import Enum


class Language(Enum):
    """The language of a page's own words. Names that the data give stand in Japanese in both."""

    ENGLISH = "en"
    JAPANESE = "ja"

    def say(self, english: str, japanese: str) -> str:
        """The one of two wordings that is in this language."""
        return english if self is Language.ENGLISH else japanese

    def names(self, english: str, japanese: str) -> tuple[str, str]:
        """Both names of a thing, the one in this language first."""
        return (english, japanese) if self is Language.ENGLISH else (japanese, english)
