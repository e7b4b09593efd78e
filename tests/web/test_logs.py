"""What never stands in a log."""

import logging

from kokorochat.web.logs import NoTokens


def test_a_sign_in_token_is_masked_wherever_a_path_is_logged():
    record = logging.LogRecord("django.request", 40, "", 1, "Failed: %s", ("/sign-in/s3cret-T0ken?next=/x",), None)
    assert NoTokens().filter(record)
    assert record.getMessage() == "Failed: /sign-in/…?next=/x"


def test_a_link_from_a_mail_is_masked_too():
    record = logging.LogRecord("x", 40, "", 1, "failed at http://host:8000/account/mail/WzFd:1s3cret:T0ken", (), None)
    assert NoTokens().filter(record)
    assert record.getMessage() == "failed at http://host:8000/account/mail/…"


def test_a_link_to_a_feedback_form_is_masked_too():
    record = logging.LogRecord("django.request", 40, "", 1, "Failed: %s", ("/feedback/s3cret-T0ken/draft",), None)
    assert NoTokens().filter(record)
    assert record.getMessage() == "Failed: /feedback/…/draft"
