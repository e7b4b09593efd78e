"""The fake LINE platform's phone view, in a browser: everything that a person does, and what the bot sends, live."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from kokorochat.web.fake_line.channel import Settings
from kokorochat.web.fake_line.server import running
from line_bot import SECRET, TOKEN, Bot, Phones, wait_for
from story.stage import DESK, PHONE

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63606060f80f00010401005fe5"
    "c34b0000000049454e44ae426082"
)


@dataclass(frozen=True)
class Words:
    """What the page says in one language."""

    title: str
    people: str
    faults: str
    add: str
    send: str
    unsend: str
    unsent: str
    block: str
    unblock: str
    blocked: str
    apply: str
    applied: str


WORDS = {
    "ja": Words(
        "LINEの模擬画面", "利用者", "不具合", "登録する", "送信", "送信取消", "メッセージの送信を取り消しました。",
        "ブロック", "ブロック解除", "公式アカウントをブロックしています。", "適用", "適用しました。",
    ),
    "en": Words(
        "LINE simulation", "Simulated people", "Faults", "Add", "Send", "Take back", "You took this message back.",
        "Block", "Unblock", "The official account is blocked.", "Apply", "Applied.",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def fake() -> Iterator[httpx.Client]:
    with running(Settings(SECRET, TOKEN), "127.0.0.1", 0) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


@pytest.fixture
def faults_seen() -> Iterator[list[str]]:
    seen: list[str] = []
    yield seen
    assert seen == []


def opened(browser: Browser, fake: httpx.Client, size: tuple[int, int], language: str, seen: list[str]) -> Page:
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (event) => console.error('CSP: ' + event.violatedDirective));"
    )
    page.on("console", lambda said: said.type == "error" and seen.append(said.text))
    page.on("pageerror", lambda fault: seen.append(str(fault)))
    page.goto(f"{fake.base_url}/?language={language}")
    return page


@pytest.mark.parametrize(("language", "size"), [("ja", PHONE), ("en", DESK)])
def test_a_person_writes_reads_and_takes_back(
    browser: Browser, fake: httpx.Client, language: str, size: tuple[int, int], faults_seen: list[str], tmp_path: Path
) -> None:
    words, narrow = WORDS[language], size == PHONE
    page = opened(browser, fake, size, language, faults_seen)
    bot, phones = Bot(fake, ""), Phones(fake)

    def people() -> list[dict[str, Any]]:
        return list(phones.ask("GET", "people")["people"])

    def view(name: str) -> None:
        if narrow:
            page.get_by_role("navigation").get_by_role("button", name=name).click()

    expect(page.get_by_role("heading", name=words.title)).to_be_visible()
    view(words.people)
    name = f"みどり {language}"
    page.locator("#name").fill(name)
    page.get_by_role("button", name=words.add, exact=True).click()
    expect(page.locator("[data-name]")).to_have_text(name)
    (midori,) = (person["id"] for person in people() if person["name"] == name)

    thread, text = page.get_by_role("log"), page.locator("[data-text]")
    text.fill("こんばんは")
    page.get_by_role("button", name=words.send, exact=True).click()
    expect(thread.locator(".own .bubble")).to_have_text(["こんばんは"])
    text.fill("まちがえました")
    text.press("Enter")
    expect(thread.locator(".own .bubble").nth(1)).to_have_text("まちがえました")
    thread.locator(".own").nth(1).get_by_role("button", name=words.unsend).click()
    expect(thread.locator(".own .bubble").nth(1)).to_have_text(words.unsent)
    page.locator("[data-pick]").click()
    page.get_by_role("button", name="🙏").click()
    expect(thread.locator(".bubble.glyph")).to_have_text("🙏")
    image = tmp_path / "pixel.png"
    image.write_bytes(PIXEL)
    page.locator("[data-image]").set_input_files(image)
    expect(thread.locator("img.bubble")).to_have_js_property("naturalWidth", 1)

    bot.call("POST", "chat/loading/start", {"chatId": midori, "loadingSeconds": 60})
    expect(thread.locator(".loading")).to_be_visible()
    quick = {"items": [{"type": "action", "action": {"type": "message", "label": "つづける", "text": "つづけます"}}]}
    body = "<b>太字</b> https://chat.example.org/a?b=1。つづきです"
    message = {"type": "text", "text": body, "sender": {"name": "あおい"}, "quickReply": quick}
    bot.call("POST", "message/push", {"to": midori, "messages": [message]})
    received = thread.locator(".message:not(.own)")
    expect(received.locator(".bubble")).to_have_text(body)
    expect(received.locator(".sender")).to_have_text("あおい")
    expect(received.get_by_role("link")).to_have_attribute("href", "https://chat.example.org/a?b=1")
    expect(thread.locator(".loading")).to_have_count(0)
    page.get_by_role("button", name="つづける").click()
    expect(thread.locator(".own .bubble").last).to_have_text("つづけます")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]

    page.get_by_role("button", name=words.block, exact=True).click()
    expect(page.get_by_role("status").filter(has_text=words.blocked)).to_be_visible()
    expect(text).to_be_disabled()
    page.get_by_role("button", name=words.unblock, exact=True).click()
    expect(text).to_be_enabled()

    view(words.faults)
    page.locator("[data-share='rate']").fill("100")
    page.get_by_role("button", name=words.apply, exact=True).click()
    expect(page.locator("[data-said]")).to_have_text(words.applied)
    assert bot.push(midori, "はい").status_code == 429
    page.locator("[data-calm]").click()
    wait_for(lambda: bot.push(midori, "はい").status_code == 200)
    page.close()


@pytest.mark.slow
def test_a_reload_keeps_the_person_and_the_talk(browser: Browser, fake: httpx.Client, faults_seen: list[str]) -> None:
    phones = Phones(fake)
    phones.add("はじめの人")
    aoi = phones.add("あおい")
    phones.say(aoi, "はい")
    page = opened(browser, fake, PHONE, "ja", faults_seen)
    page.goto(f"{fake.base_url}/#{aoi}")
    for _ in range(2):
        expect(page.locator("[data-name]")).to_have_text("あおい")
        expect(page.locator(".own .bubble")).to_have_text(["はい"])
        page.reload()
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(re.compile(f"language=en#{aoi}$"))
    expect(page.locator("[data-name]")).to_have_text("あおい")
    page.close()
