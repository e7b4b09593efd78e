"""A message that the client takes back on LINE, as the counselor sees it go."""

import httpx
import pytest
from playwright.sync_api import Browser, expect

from kokorochat.web.replay.spawn import Platform
from line_bot import Phones, wait_for
from story.stage import DESK, JAPANESE, PHONE, Stage, now

pytestmark = pytest.mark.slow


def test_the_open_desk_no_longer_shows_what_was_taken_back_on_line(browser: Browser) -> None:
    with Platform(line=True) as platform, httpx.Client(base_url=platform.line_url or "", trust_env=False) as fake:
        stage, phones = Stage(browser, platform), Phones(fake)
        counselor, her_link = stage.person(JAPANESE.counselor)
        client, other_link = stage.person(JAPANESE.client)
        path = stage.pair(counselor, client, start=now())
        midori = phones.add(JAPANESE.client)
        page = stage.screen(f"{other_link}?next=/line", PHONE).page
        page.get_by_role("button", name="番号を作る").click()
        phones.say(midori, page.locator(".code output").inner_text())
        wait_for(lambda: "連携を解除する" in page.request.get("/line").text())

        desk = stage.screen(f"{her_link}?next={path}", DESK)
        said = phones.say(midori, "まちがえました")
        expect(desk.message("まちがえました")).to_be_visible()
        phones.act(midori, "unsend", message=said)
        expect(desk.log.locator(".bubble")).to_have_text(["発言が取り消されました"])
        assert stage.leave() == []
