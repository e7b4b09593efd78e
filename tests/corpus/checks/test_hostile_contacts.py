"""Long messages that look like contact details everywhere: looked through in the time that their length asks for."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.corpus.checks.contacts import contact_details

_MAIL = re.compile(r"[a-z0-9][a-z0-9._%+-]*@(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)


@pytest.mark.parametrize(
    "piece",
    ["0", "1-", "0-0", "www.", "a.", "a", "@", "a@", "a@b.", "http://", "090-1234-5678 ", "LINE ID: abcd ", "x@y.jp "],
)
def test_a_message_of_a_hundred_thousand_signs_is_looked_through_at_once(piece):
    text = "x@y.jp 0 " + piece * (100_000 // len(piece))
    started = time.process_time()
    found = contact_details(text)
    assert time.process_time() - started < 5
    assert found[0].kind == "e-mail"


@given(st.text(alphabet="aZ0.-_%+@ あ", max_size=40))
def test_mail_addresses_are_those_of_the_plain_pattern(text):
    found = [(contact.start, contact.end) for contact in contact_details(text) if contact.kind == "e-mail"]
    assert found == [match.span() for match in _MAIL.finditer(text)]


@given(st.lists(st.sampled_from(["a@b.jp", "-", "c@d.jp", "@", ".", "x", "．", "＠"]), max_size=12).map("".join))
def test_addresses_that_touch_each_other_are_told_apart_as_by_the_plain_pattern(text):
    narrow = text.replace("．", ".").replace("＠", "@")
    found = [(contact.start, contact.end) for contact in contact_details(text) if contact.kind == "e-mail"]
    assert found == [match.span() for match in _MAIL.finditer(narrow)]
