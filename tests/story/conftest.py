"""The parts that a story needs: a browser, a platform in a process of its own, and a stage."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from kokorochat.web.replay.spawn import Platform
from parts import lacking
from story.stage import Stage

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def _playwright() -> Iterator[Playwright]:
    # For one module only: while it is open, no other event loop can run in this thread.
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(_playwright: Playwright) -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        lacking("chromium", "no chromium on the PATH; on Debian: apt-get install chromium")
    browser = _playwright.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


@pytest.fixture(scope="module")
def _stage(browser: Browser, platform: Platform) -> Stage:
    return Stage(browser, platform)


@pytest.fixture
def stage(_stage: Stage) -> Iterator[Stage]:
    """The stage, swept after each story: no screen may have shown a fault that the story does not name."""
    yield _stage
    assert _stage.leave() == []
