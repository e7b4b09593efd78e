"""What never stands in a log."""

import logging

from kokorochat.web.logs import NoTokens


def test_a_sign_in_token_is_masked_wherever_a_path_is_logged():
    record = logging.LogRecord("django.request", 40, "", 1, "Failed: %s", ("/sign-in/s3cret-T0ken?next=/x",), None)
    assert NoTokens().filter(record)
    assert record.getMessage() == "Failed: /sign-in/…?next=/x"
