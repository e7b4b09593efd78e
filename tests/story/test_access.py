"""Every page can be used with a keyboard, a screen reader and weak eyes: axe finds no violation on it.

In both languages, on a phone and on a wide screen; the pages and who sees them come from rights.py.
"""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from kokorochat.web.replay.spawn import Platform
from rights import NO_PAGES, cells
from story.filled import Filled, fill
from story.stage import DESK, ENGLISH, JAPANESE, PHONE, Stage, Words

pytestmark = pytest.mark.slow

OWN_FOR_EACH = ("room", "growth")
"""Pages that differ from role to role; any other is looked at as one role sees it."""
CONTRAST = {"runOnly": ["color-contrast"]}


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with Platform(line=True) as running:  # with every page open
        yield running


@pytest.fixture(scope="module")
def filled(platform: Platform) -> Filled:
    return fill(platform, ["こんにちは。", "はい。", "（少し待ってください）", "長い話" * 40], "みどり")


def pages() -> Iterator[tuple[str, str, str]]:
    """Who, page and state of its object."""
    for name, method, state, due in cells():
        if method != "GET" or name in NO_PAGES:
            continue
        roles = [who for who in ("nobody", "client", "counselor", "administrator") if due[who] == "200"]
        for who in roles if name in OWN_FOR_EACH else roles[-1:]:
            yield who, name, state


def violations(page: Page, **options: object) -> list[str]:
    found = Axe().run(page, options=options or None).response["violations"]
    return [f"{one['id']}: {node['target']} {node['html'][:120]}" for one in found for node in one["nodes"]]


def looked_at(page: Page, path: str, also_dark: bool) -> list[str]:
    """The violations on a page: wide, narrow, and by night."""
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.goto(path)
    if "/sessions/" in path and page.locator("[data-presence]").count():
        expect(page.locator("[data-presence]").first).not_to_have_text(("接続しています…", "Connecting…")[0])
        expect(page.locator(".bubble")).to_have_count(4)
    found = violations(page)
    if also_dark:
        page.emulate_media(color_scheme="dark")
        found += [f"dark: {one}" for one in violations(page, **CONTRAST)]
        page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    found += [f"phone: {one}" for one in violations(page)]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"phone: {wide} px too wide"] if wide > 0 else [])


@pytest.mark.parametrize("words", [JAPANESE, ENGLISH], ids=["ja", "en"])
@pytest.mark.parametrize("who", ["nobody", "client", "counselor", "administrator"])
def test_axe_finds_nothing(who: str, words: Words, stage: Stage, filled: Filled):
    screen = stage.screen("/sign-in", DESK, words)
    if who != "nobody":
        screen.page.goto(f"/sign-in/{filled.links[who]}")
    found = {}
    for role, name, state in pages():
        if role == who:
            found[f"{name} {state}"] = looked_at(screen.page, filled.path(name, state, who), words is JAPANESE)
    if who == "nobody":
        found["no such page"] = looked_at(screen.page, "/no-such-page", words is JAPANESE)
        screen.faults.clear()  # the browser tells a 404 as an error
    assert found
    assert {page: faults for page, faults in found.items() if faults} == {}
