"""Pages for what can't be answered say what to do next."""

import pytest


@pytest.mark.parametrize(
    ("before", "due"),
    [
        ("http://testserver/account?x=1", 'href="/account"'),
        ("http://elsewhere.example/account", ""),
        ("", ""),
    ],
    ids=["one of ours", "somebody else's", "not told"],
)
def test_a_form_that_was_open_too_long_leads_back_to_its_page(aoi, signed_in, before, due):
    browser = signed_in(aoi, enforce_csrf_checks=True)
    answer = browser.post("/account/mail", {"email": ""}, headers={"referer": before} if before else {})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert ("ページを開き直す" in page) == bool(due)
    assert due in page
