"""What never stands in a log."""

import logging
import re

_TOKEN = re.compile(r"(/(?:sign-in|feedback|account/mail)/)[^/?\s'\"]+")


class NoTokens(logging.Filter):
    """Masks tokens in paths: whoever reads a log must not be able to sign in, or give feedback, as somebody."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask, and let the record pass."""
        record.msg, record.args = _TOKEN.sub(r"\1…", record.getMessage()), ()
        return True
