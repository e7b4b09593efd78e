"""Phones sleep, and go from one network to another: a connection then looks open, and nobody is at its other end."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from kokorochat.web.replay.spawn import Platform
from story.network import DOWN, UP, Network
from story.stage import DESK, JAPANESE, PHONE, Screen, Stage

pytestmark = pytest.mark.slow

CONNECTING = "接続しています…"


@pytest.fixture(scope="module")
def _both() -> Iterator[tuple[Platform, Network]]:
    running = Platform()
    with Network(running.port) as between:
        running.environment["KOKOROCHAT_ORIGINS"] += f",{between.url}"
        with running:
            yield running, between


@pytest.fixture(scope="module")
def platform(_both: tuple[Platform, Network]) -> Platform:
    return _both[0]


@pytest.fixture(scope="module")
def network(_both: tuple[Platform, Network]) -> Network:
    return _both[1]


def two(stage: Stage, network: Network) -> tuple[Screen, Screen]:
    """The counselor's desk, and the client's phone behind the network; they have greeted each other."""
    (counselor, her_link), (client, other_link) = stage.person("あおい"), stage.person("みどり")
    path = stage.pair(counselor, client)
    desk = stage.screen(f"{her_link}?next={path}", DESK)
    phone = stage.screen(f"{other_link}?next={path}".replace(stage.platform.url, network.url), PHONE)
    desk.say("聞こえますか。")
    expect(phone.message("聞こえますか。")).to_be_visible()
    phone.say("はい。")
    expect(desk.message("はい。").locator(".mark")).to_be_empty()
    expect(phone.message("はい。").locator(".mark")).to_have_text(JAPANESE.shown)
    return desk, phone


def only_connections_failed(*screens: Screen) -> None:
    """The console tells of connections that were given up before they stood, and of nothing else."""
    for screen in screens:
        assert all("WebSocket" in fault for fault in screen.faults), screen.faults
        screen.faults.clear()


def test_what_a_dead_connection_swallows_goes_by_another_and_is_stored_once(stage: Stage, network: Network):
    desk, phone = two(stage, network)
    network.fall_silent()
    desk.say("聞こえていますか。")
    phone.say("トンネルの中です。")
    phone.page.locator("[data-stop-box] summary").click()
    phone.page.locator("[data-command=stop]").click()
    expect(phone.message("トンネルの中です。").locator(".mark")).to_have_text(JAPANESE.sending)
    expect(desk.message("トンネルの中です。")).to_be_visible(timeout=15_000)
    for screen in (desk, phone):
        expect(screen.page.locator("[data-stopped]")).to_be_visible()
    expect(phone.line).to_be_hidden()
    expect(phone.presence).to_have_text(JAPANESE.here)
    expect(phone.log.locator(".pending")).to_have_count(0)

    # What the old connection has held arrives after all: known at the platform, and of no concern to the page.
    network.let_through()
    phone.say("出ました。")
    expect(desk.message("出ました。")).to_be_visible()
    phone.page.wait_for_timeout(1000)
    for screen in (desk, phone):
        assert screen.messages() == [
            "聞こえますか。",
            "はい。",
            "聞こえていますか。",
            "トンネルの中です。",
            "出ました。",
        ]
        expect(screen.log.locator(".stop")).to_have_count(1)
        expect(screen.presence).to_have_text(JAPANESE.here)
    only_connections_failed(phone)


def comes_into_view(page: Page) -> None:
    """A headless page is never out of view; this is what it is told when it comes back."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def changes_networks(page: Page) -> None:
    page.context.set_offline(True)
    page.context.set_offline(False)


@pytest.mark.parametrize("comes_back", [comes_into_view, changes_networks])
def test_a_page_that_comes_back_asks_whether_anybody_is_there(
    comes_back: Callable[[Page], None], stage: Stage, network: Network
):
    desk, phone = two(stage, network)
    network.fall_silent()
    desk.say("お待ちしています。")
    comes_back(phone.page)
    expect(phone.message("お待ちしています。")).to_be_visible(timeout=6_000)
    expect(phone.line).to_be_hidden()
    only_connections_failed(phone)


def test_a_connection_that_does_not_come_about_is_given_up_too_and_the_page_says_so(stage: Stage, network: Network):
    desk, phone = two(stage, network)
    network.fall_silent()
    network.silent = {UP, DOWN}
    phone.say("届いていますか。")
    expect(phone.line).to_contain_text(JAPANESE.lost, timeout=12_000)
    expect(phone.presence).to_have_text(CONNECTING)
    phone.page.wait_for_timeout(1000)  # it tries to connect by now
    network.silent = set()
    comes_into_view(phone.page)
    expect(desk.message("届いていますか。")).to_be_visible(timeout=8_000)
    expect(phone.line).to_be_hidden()
    expect(phone.presence).to_have_text(JAPANESE.here)
    assert desk.messages() == phone.messages()
    only_connections_failed(phone)


def test_a_slow_connection_on_which_frames_do_come_is_kept(stage: Stage, network: Network):
    desk, phone = two(stage, network)
    opened = network.sockets
    network.fall_silent(UP)
    phone.say("ゆっくりです。")
    for number in range(4):
        desk.say(f"{number}番目")
        expect(phone.message(f"{number}番目")).to_be_visible()
        phone.page.wait_for_timeout(3000)
    expect(phone.message("ゆっくりです。").locator(".mark")).to_have_text(JAPANESE.sending)
    network.let_through()
    expect(desk.message("ゆっくりです。")).to_be_visible()
    assert network.sockets == opened


def test_an_administrator_who_reads_along_comes_back_too(stage: Stage, network: Network):
    desk, _ = two(stage, network)
    code = desk.page.url.rpartition("/")[2]
    office = stage.screen(stage.platform.administrator_link.replace(stage.platform.url, network.url), DESK)
    office.page.goto(f"{network.url}/administration/sessions/{code}/talk")
    expect(office.message("はい。")).to_be_visible()
    network.fall_silent()
    desk.say("続けましょう。")
    comes_into_view(office.page)
    expect(office.message("続けましょう。")).to_be_visible(timeout=6_000)
    expect(office.line).to_be_hidden()
    for role in ("counselor", "client"):
        expect(office.page.locator(f'[data-presence="{role}"]')).to_have_text(JAPANESE.here)
    only_connections_failed(*stage.screens)
