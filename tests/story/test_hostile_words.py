"""Words that are code stay words: on every page that shows what people have written, to each who may see it."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from kokorochat.web.replay.spawn import Platform
from payloads import PAYLOADS
from rights import NO_PAGES, cells
from story.filled import Filled, fill
from story.stage import DESK, PHONE, Stage

pytestmark = pytest.mark.slow

ALL = " ".join(" ".join(payload.split()) for payload in PAYLOADS)
"""In one text, as a page's layout shows it: runs of white space are one space."""


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with Platform(line=True) as running:  # with every page open
        yield running


@pytest.fixture(scope="module")
def hostile(platform: Platform) -> Filled:
    """A platform on which every text is hostile: names and topics hold all of it, longer than any form lets in."""
    return fill(platform, PAYLOADS, ALL)


def pages_for(who: str, hostile: Filled) -> Iterator[tuple[str, str]]:
    """The pages that `who` can open, by the rights: name with state, and path."""
    for name, method, state, due in cells():
        if method == "GET" and due[who] == "200" and name not in NO_PAGES:
            yield f"{name} {state}", hostile.path(name, state, who)


def test_there_are_more_than_a_hundred():
    assert len(PAYLOADS) == len(set(PAYLOADS)) > 100


OUR_OWN = "document.querySelectorAll('script:not([src]):not([type]), [onerror], [onload]').length"
NAMED = {"counselor": "room open", "client": "room open", "administrator": "people -"}
"""A page on which each must be able to read all of it."""


@pytest.mark.parametrize("who", ["nobody", "counselor", "client", "administrator"])
def test_no_page_takes_words_for_code(who: str, stage: Stage, hostile: Filled):
    screen = stage.screen("/sign-in", PHONE if who == "client" else DESK)
    page = screen.page
    page.on("request", lambda request: "evil" in request.url and screen.faults.append(f"request: {request.url}"))
    if who != "nobody":
        page.goto(f"/sign-in/{hostile.links[who]}")
    opened = []
    for name, path in pages_for(who, hostile):
        answer = page.goto(path, wait_until="load")
        assert answer.status in (200, 404), f"{name}: {answer.status}"
        if name.startswith(("room", "look")):
            expect(page.locator(".bubble")).to_have_count(len(PAYLOADS))
            # A screen leaves control characters out, as it does for everybody.
            due = [payload.replace("\t", "") for payload in PAYLOADS]
            assert page.locator(".bubble").evaluate_all("all => all.map(one => one.textContent)") == due
            page.mouse.move(400, 400)
        if who != "nobody" and name == NAMED[who]:
            assert ALL in " ".join(page.locator("body").inner_text().split())
        assert (
            page.evaluate("document.querySelectorAll('script:not([src]):not([type]), [onerror], [onload]').length") == 0
        )
        opened.append(name)
    assert len(opened) >= (1 if who == "nobody" else 8)
    assert screen.faults == []


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in?next={}",
        "/second-factor?next={}",
        "/?x={}",
        "/administration/sessions?state={}",
        "/administration/sessions?page={}",
        "/administration/sessions?new={}",
        "/administration/supervision?page={}",
        "/administration/supervision/review?kind={}&page={}",
        "/administration/sessions/{}/record",
        "/administration/sessions/{}/talk",
        "/administration/trail?person={}",
        "/administration/trail?action={}&page={}",
        "/sessions/{}",
        "/sign-in/{}",
    ],
)
def test_no_address_is_taken_for_code(path: str, stage: Stage, hostile: Filled):
    screen = stage.screen(f"/sign-in/{hostile.links['administrator']}", DESK)
    for some in (ALL[:3000], "javascript:alert(1)", '"><script>alert(1)</script>'):
        screen.page.goto(path.replace("{}", quote(some, safe="")))
        assert screen.page.evaluate(OUR_OWN) == 0
    told = [fault for fault in screen.faults if "404" not in fault]
    screen.faults.clear()
    assert told == []
