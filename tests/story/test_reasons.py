"""The result with a model's estimate as a counselor reads it: what it goes by, and the way to the place in the talk."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.feedback import ITEMS
from story.stage import DESK, ENGLISH, JAPANESE, PHONE, Stage

pytestmark = pytest.mark.slow

LONGEST = max(read_corpus(DEMO_CORPUS), key=lambda dialogue: len(dialogue.utterances))
NUMBER = 7
PAST = """
import sys
from kokorochat.web import server; server.set_up()
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions
id, number, counselor, client = sys.argv[1:]
dialogue = next(dialogue for dialogue in read_corpus(DEMO_CORPUS) if dialogue.id == id)
session = actions.keep_past_session(dialogue, Person.objects.get(pk=counselor), Person.objects.get(pk=client))
reasons = {key: [(int(number) + place, 0.4), (3, 0.12), (12, -0.31)] for place, key in enumerate(ITEM_KEYS[:18])}
actions.keep_estimate(session.pk, dict.fromkeys(ITEM_KEYS, 3), "kokoro-1", reasons)
print(session.code)
"""


@pytest.mark.parametrize(
    ("words", "size"),
    [(JAPANESE, DESK), (JAPANESE, PHONE), (ENGLISH, DESK), (ENGLISH, PHONE)],
    ids=["ja-desk", "ja-phone", "en-desk", "en-phone"],
)
def test_from_an_item_to_what_moved_it_and_on_to_the_place_in_the_talk(stage: Stage, words, size):
    (counselor, link), (client, _) = stage.person(words.counselor), stage.person(words.client)
    past = [sys.executable, "-c", PAST, LONGEST.id, str(NUMBER), counselor, client]
    code = subprocess.run(
        past, env=stage.platform.environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    screen = stage.screen(f"{link}?next=/sessions/{code}/result", size, words)
    page, said = screen.page, LONGEST.utterances[NUMBER - 1].text
    kind = "desk" if size == DESK else "phone"
    screen.shot(f"reasons-result-{kind}")
    why = page.locator(".why")
    expect(why).to_have_count(18)
    expect(why.first).to_be_hidden()
    page.locator(".show-why").check()
    assert page.locator(".result tbody tr:not(.aspect, .why)").count() == len(ITEMS)
    why.first.locator("summary").click()
    expect(why.first).to_contain_text("+0.40")
    expect(why.first).to_contain_text("−0.31")
    why.nth(1).locator("summary").click()
    why.first.scroll_into_view_if_needed()
    screen.shot(f"reasons-open-{kind}")
    page.locator("footer, .result > p.faint").last.scroll_into_view_if_needed()
    screen.shot(f"reasons-end-{kind}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    why.first.locator("a").first.click()
    expect(page).to_have_url(re.compile(rf"/sessions/{code}#n{NUMBER}$"))
    place = page.locator(f"[data-number='{NUMBER}']")
    expect(place).to_contain_text(said)
    expect(place).to_be_in_viewport()
    expect(place).to_be_focused()
    assert page.evaluate("document.querySelector('main').scrollTop") == 0
    screen.shot(f"reasons-place-{kind}")

    # On the desk the talk is there already: a link leads to its place without loading anything.
    page.evaluate("window.neverReloaded = true")
    page.locator(".side .show-why").check()
    why = page.locator(".side .why").nth(3)
    why.locator("summary").click()
    why.locator("a").first.click()
    expect(page.locator(f"[data-number='{NUMBER + 3}']")).to_be_in_viewport()
    expect(page.locator(".message.sought")).to_have_count(1)
    assert page.evaluate("window.neverReloaded")
