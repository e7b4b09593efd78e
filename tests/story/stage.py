"""The stage of a story: a real platform in a process of its own, real screens, and the words on them."""

import asyncio
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from kokorochat.web.replay.door import Door
from kokorochat.web.replay.spawn import Platform

DESK, PHONE = (1440, 900), (390, 844)
_TELL_OF_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
"""

expect.set_options(timeout=10_000)


@dataclass(frozen=True)
class Words:
    """What a page says in one language: written here once more, so that a changed page is noticed."""

    counselor: str
    client: str
    add_person: str
    username: str
    display_name: str
    add: str
    make_link: str
    pair: str
    counselor_role: str
    client_role: str
    client_state: str
    arrange: str
    enter: str
    accept: str
    your_message: str
    here: str
    not_here: str
    writing: str
    shown: str
    sent: str
    sending: str
    not_sent: str
    back_to_input: str
    lost: str
    signed_out: str
    end: str
    end_session: str
    ended: str
    too_late: str
    give_feedback: str
    next: str
    not_answered: str
    topic: str
    few_words: str
    topic_choice: str
    unwilling: str
    your_answers: str
    send_feedback: str
    thank_you: str
    why_the_total: str
    what_the_mark_does: str
    export: re.Pattern[str]
    sign_out: str


JAPANESE = Words(
    counselor="あおい",
    client="みどり",
    add_person="人を登録する",
    username="サインイン名",
    display_name="相手に表示する名前",
    add="登録する",
    make_link="サインイン用リンクを作る",
    pair="二人を組み合わせる",
    counselor_role="相談員役",
    client_role="相談者役",
    client_state="相談者役の状態",
    arrange="セッションを設定する",
    enter="入室する",
    accept="読みました。同意します",
    your_message="あなたの発言",
    here="入室中",
    not_here="不在",
    writing="{}さんが入力しています…",
    shown="表示済み",
    sent="送信済み",
    sending="送信中",
    not_sent="未送信",
    back_to_input="入力欄に戻す",
    lost="接続が切れました。",
    signed_out="サインアウトしました。",
    end="終了",
    end_session="セッションを終了する",
    ended="セッションは終了しました",
    too_late="この文章は送信されていません。",
    give_feedback="フィードバックを書く",
    next="次へ",
    not_answered="まだ答えていない項目があります。",
    topic="この相談のテーマ",
    few_words="ひとことで",
    topic_choice="職場問題",
    unwilling="離脱",
    your_answers="回答の確認",
    send_feedback="フィードバックを送る",
    thank_you="ありがとうございました",
    why_the_total="項目の合計は{}点です。次の項目に印があるため、合計点は{}点になっています。",
    what_the_mark_does="この相談員とはもう話を続けたくないと感じました。合計は半分になります。",
    export=re.compile(r"\d+件の対話を書き出す"),
    sign_out="サインアウト",
)
ENGLISH = Words(
    counselor="Aoi",
    client="Midori",
    add_person="Add a person",
    username="Sign-in name",
    display_name="Name shown to the partner",
    add="Add",
    make_link="Make a sign-in link",
    pair="Pair two people",
    counselor_role="Counselor",
    client_role="Client",
    client_state="The client's state",
    arrange="Arrange the session",
    enter="Enter",
    accept="I have read it and accept it",
    your_message="Your message",
    here="here",
    not_here="away",
    writing="{} is writing…",
    shown="shown",
    sent="sent",
    sending="sending",
    not_sent="not sent",
    back_to_input="Back to the input",
    lost="The connection is lost.",
    signed_out="You are signed out.",
    end="End",
    end_session="End the session",
    ended="The session has ended.",
    too_late="this text was not sent.",
    give_feedback="Give feedback",
    next="Next",
    not_answered="Something is not answered yet.",
    topic="Topic of this talk",
    few_words="In a few words",
    topic_choice="Workplace Issues",
    unwilling="Unwilling to go on with this counselor",
    your_answers="Your answers",
    send_feedback="Send feedback",
    thank_you="Thank you",
    why_the_total="The items add up to {}. Because of the mark below, the total is {}.",
    what_the_mark_does="I would not want to go on talking with this counselor. The total is halved.",
    export=re.compile(r"Export \d+ dialogues?"),
    sign_out="Sign out",
)


def accept_consent(url: str, link: str) -> None:
    """Sign in by the link, in a browser of its own, and accept the text in force."""

    async def accepted() -> None:
        async with Door(url) as door:
            await door.sign_in(link)

    with ThreadPoolExecutor(1) as beside:  # Playwright keeps an event loop in this thread
        beside.submit(asyncio.run, accepted()).result()


def now() -> str:
    """This minute by the platform's clock, as its forms take it: LINE is heard around a session's start only."""
    return f"{datetime.now(ZoneInfo('Asia/Tokyo')):%Y-%m-%dT%H:%M}"


@dataclass(eq=False)
class Screen:
    """One person's browser window, and what has gone wrong in it."""

    page: Page
    words: Words
    faults: list[str] = field(default_factory=list)

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def input(self) -> Locator:
        return self.page.get_by_label(self.words.your_message)

    @property
    def presence(self) -> Locator:
        return self.page.locator("[data-presence]")

    @property
    def typing(self) -> Locator:
        return self.page.locator("[data-typing]")

    @property
    def line(self) -> Locator:
        """The one calm sentence above the input."""
        return self.page.locator("[data-line]")

    def say(self, text: str) -> None:
        self.input.fill(text)
        self.input.press("Enter")

    def accept_consent(self) -> None:
        """The person has read the text that is shown first."""
        self.page.get_by_role("button", name=self.words.accept).click()

    def message(self, text: str) -> Locator:
        return self.log.locator(".message").filter(has=self.page.get_by_text(text, exact=True))

    def messages(self) -> list[str]:
        return self.log.locator(".bubble").all_inner_texts()

    def end(self) -> None:
        self.page.locator("summary", has_text=self.words.end).click()
        self.page.get_by_role("button", name=self.words.end_session).click()

    def shot(self, name: str) -> None:
        """Keep a picture if KOKOROCHAT_SHOTS names a folder."""
        folder = os.environ.get("KOKOROCHAT_SHOTS")
        if folder:
            language = "ja" if self.words is JAPANESE else "en"
            self.page.screenshot(path=Path(folder) / f"{name}-{language}.png")


class Stage:
    """A platform with its administrator, and as many screens as a story needs."""

    def __init__(self, browser: Browser, platform: Platform) -> None:
        self.browser, self.platform = browser, platform
        self.screens: list[Screen] = []
        self._kept: list[Screen] = []
        self._count = 0
        self._office = self.context(JAPANESE, DESK)
        self._office.request.get(platform.administrator_link)

    def context(self, words: Words, size: tuple[int, int]) -> BrowserContext:
        width, height = size
        phone = size == PHONE
        context = self.browser.new_context(
            base_url=self.platform.url,
            viewport={"width": width, "height": height},
            has_touch=phone,
            is_mobile=phone,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        context.add_init_script(_TELL_OF_VIOLATIONS)
        if words is ENGLISH:
            context.add_cookies([{"name": "django_language", "value": "en", "url": self.platform.url}])
        return context

    def screen(self, link: str, size: tuple[int, int], words: Words = JAPANESE) -> Screen:
        """A new window of somebody who opens a link."""
        screen = Screen(self.context(words, size).new_page(), words)
        screen.page.on("console", lambda said: said.type == "error" and screen.faults.append(said.text))
        screen.page.on("pageerror", lambda fault: screen.faults.append(str(fault)))
        screen.page.on("dialog", lambda dialog: (screen.faults.append(f"dialog: {dialog.message}"), dialog.accept()))
        self.screens.append(screen)
        screen.page.goto(link)
        return screen

    def _send(self, path: str, **values: str) -> str:
        """Fill in one of the administrator's forms; what the answering page says."""
        self._office.request.get("/administration/people")
        cookies = {cookie["name"]: cookie["value"] for cookie in self._office.cookies()}
        answer = self._office.request.post(path, form={"csrfmiddlewaretoken": cookies["csrftoken"], **values})
        assert answer.ok, f"{path}: {answer.status} {answer.text()}"
        return f"{answer.url}\n{answer.text()}"

    def publish_consent_text(self, japanese: str, english: str) -> None:
        """A new version, published by the administrator."""
        newest = re.search(r'name="follows" value="(\d+)"', self._office.request.get("/administration/consent").text())
        self._send("/administration/consent", japanese=japanese, english=english, follows=newest[1])

    def person(self, display_name: str, *, consents: bool = True) -> tuple[str, str]:
        """Add a person, who accepts the consent text; their id and their sign-in link."""
        self._count += 1
        page = self._send("/administration/people/new", username=f"person-{self._count}", display_name=display_name)
        key = page.partition("\n")[0].rpartition("/")[2]
        link = re.search(r'value="(http[^"]*/sign-in/[^"]*)"', self._send(f"/administration/people/{key}/link"))[1]
        if consents:
            accept_consent(self.platform.url, link)
        return key, link

    def program(self) -> str:
        """Add the program that plays the practice client; its id."""
        code = (
            "from kokorochat.web import server; server.set_up()\n"
            "from kokorochat.web.accounts.actions import add_person\n"
            "print(add_person(None, 'practice-client', '練習相手', program=True).pk)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], env=self.platform.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def pair(self, counselor: str, client: str, **conditions: str) -> str:
        """Arrange a session; its path."""
        values = {"start": f"{datetime.now():%Y-%m-%dT20:15}", "minutes": "60", **conditions}
        page = self._send("/administration/sessions/new", counselor=counselor, client=client, **values)
        return "/sessions/" + page.partition("\n")[0].rpartition("?new=")[2]

    def talk(self) -> tuple[Screen, Screen]:
        """Two new people in a new session: her desk and the other's phone, both Japanese, on windows that are kept."""
        words = JAPANESE
        counselor, her_link = self.person(words.counselor)
        client, other_link = self.person(words.client)
        path = self.pair(counselor, client, topic_main="Workplace Issues", topic_sub="上司との関係")
        if not self._kept:
            self._kept = [self.screen("/sign-in", DESK), self.screen("/sign-in", PHONE)]
        desk, phone = self._kept
        for screen, link in ((desk, her_link), (phone, other_link)):
            screen.page.context.clear_cookies()
            # Before the page is opened: it reads at once what the person before had chosen.
            screen.page.evaluate("localStorage.clear()")
            screen.page.goto(f"{link}?next={path}")
        expect(desk.presence).to_have_text(words.here)
        expect(phone.presence).to_have_text(words.here)
        return desk, phone

    def leave(self) -> list[str]:
        """Close what is not kept; the faults that any screen has shown since the last time."""
        faults = [fault for screen in self.screens for fault in screen.faults]
        for screen in self.screens:
            screen.faults.clear()
            if screen not in self._kept:
                screen.page.context.close()
        self.screens = [*self._kept]
        return faults
