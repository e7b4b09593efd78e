"""Practising alone as it is lived: from the home page into a talk with a model, and what stands there at the end."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import expect

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.feedback import ITEMS
from kokorochat.domain.topic import TopicClass
from kokorochat.learning.config import ScoreRun, load_run
from kokorochat.learning.retrieval.responder import save_retrieval
from kokorochat.learning.train import train
from kokorochat.web.practice.replies import GREETING
from kokorochat.web.replay.spawn import Platform
from story.stage import DESK, ENGLISH, JAPANESE, PHONE, Stage

pytestmark = pytest.mark.slow
WORK = {
    u.text for d in read_corpus(DEMO_CORPUS) if d.topic and d.topic.main is TopicClass.WORKPLACE for u in d.utterances
}
RUNS = Path(__file__).parents[2] / "runs"


@pytest.fixture(scope="module")
def platform(tmp_path_factory) -> Iterator[Platform]:
    """One whose partners and estimates come from models, learnt from the demo's dialogues."""
    folder = tmp_path_factory.mktemp("models")
    dialogues = [(dialogue, 80) for dialogue in read_corpus(DEMO_CORPUS)]
    running = Platform()
    for role, name in (("counselor", "response-retrieval"), ("client", "response-retrieval-client")):
        (folder / role).mkdir()
        run = msgspec.structs.replace(load_run(RUNS / f"{name}.toml"), tokenizer="characters", fewest=1)
        save_retrieval(dialogues, run, folder / role / "model")
        running.environment[f"KOKOROCHAT_PRACTICE_{role.upper()}"] = f"retrieval:{folder / role}"
    train(ScoreRun(task="score", model="ordinal"), DEMO_CORPUS, seed=0, out=folder / "score")
    running.environment["KOKOROCHAT_SCORE_MODEL"] = f"ordinal:{folder / 'score'}"
    with running:
        yield running


def test_a_counselor_practises_alone_and_sees_an_estimate(stage: Stage):
    _, link = stage.person("あおい")
    desk = stage.screen(link, DESK)
    desk.page.get_by_role("link", name="一人で練習する").click()
    desk.shot("practice-start")
    desk.page.get_by_label("テーマ", exact=True).select_option(label="職場問題")
    desk.page.get_by_role("button", name="相談員役で練習する").click()
    expect(desk.presence).to_have_text("プログラムが応答します")
    desk.say("こんにちは。今日はどうされましたか。")
    expect(desk.log.locator(".message.other").first).to_be_visible(timeout=20_000)
    desk.say("そうなのですね。もう少し詳しく教えていただけますか。")
    expect(desk.log.locator(".message.own ~ .message.other ~ .message.own ~ .message.other").first).to_be_visible(
        timeout=20_000
    )
    said = desk.messages()
    assert said[1] in WORK
    desk.page.reload()
    expect(desk.presence).to_have_text("プログラムが応答します")
    assert desk.messages()[: len(said)] == said
    desk.end()
    expect(desk.page.locator(".result .total")).to_contain_text("推定")
    assert desk.page.locator(".result tbody tr:not(.aspect):not(.why)").count() == len(ITEMS)
    desk.shot("practice-estimate")
    desk.page.goto("/")
    expect(desk.page.get_by_role("link", name="推定")).to_be_visible()
    desk.shot("practice-home")


@pytest.mark.parametrize("words", [JAPANESE, ENGLISH], ids=["ja", "en"])
def test_a_client_is_greeted_answered_and_may_rate(stage: Stage, words):
    _, link = stage.person(words.client)
    phone = stage.screen(link, PHONE, words)
    phone.page.get_by_role("link", name="一人で練習する" if words is JAPANESE else "Practise alone").click()
    phone.shot("practice-start-phone")
    phone.page.get_by_role(
        "button", name="相談者役で練習する" if words is JAPANESE else "Practise as the client"
    ).click()
    expect(phone.message(GREETING)).to_be_visible(timeout=20_000)
    phone.say("上司のことで悩んでいます。")
    expect(phone.log.locator(".message.other").nth(1)).to_be_visible(timeout=20_000)
    phone.shot("practice-phone")
    phone.end()
    expect(phone.page.get_by_role("link", name=words.give_feedback)).to_be_visible()
