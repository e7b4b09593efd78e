"""Faults on demand: what the bot is told, and what has happened all the same."""

import time
from uuid import uuid4

import httpx
import pytest

from line_bot import TOKEN, Bot, Phones, said


@pytest.mark.parametrize(
    ("outcome", "status", "shown"),
    [
        ("error", 500, False),
        ("error-after", 500, True),
        ("conflict", 409, True),
        ("rate", 429, False),
        ("ok", 200, True),
    ],
)
def test_a_push_meets_what_was_asked_for_and_its_repeat_puts_it_right(
    bot: Bot, phones: Phones, outcome: str, status: int, shown: bool
) -> None:
    midori, key = phones.add(), str(uuid4())
    phones.faults(script=[outcome])
    assert bot.push(midori, "はい", key=key).status_code == status
    assert phones.screen(midori) == (["はい"] if shown else [])
    assert bot.push(midori, "はい", key=key).status_code == (409 if shown else 200)
    assert phones.screen(midori) == ["はい"]
    calls = phones.ledger()["calls"][1:]
    assert [call["fault"] for call in calls] == ["" if outcome == "ok" else outcome, ""]


def test_no_answer_comes_though_the_message_was_accepted(fake: httpx.Client, bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    phones.faults(script=["timeout-after"])
    body, headers = {"to": midori, "messages": [said("はい")]}, {"authorization": f"Bearer {TOKEN}"}
    with pytest.raises(httpx.ReadTimeout):
        fake.post("/v2/bot/message/push", json=body, headers=headers, timeout=0.2)
    assert phones.screen(midori) == ["はい"]


def test_a_reply_that_failed_after_acceptance_has_spent_its_token(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    token = bot.events(1)[0]["replyToken"]
    phones.faults(script=["error", "error-after"])
    assert [bot.reply(token, "はい").status_code for _ in range(3)] == [500, 500, 400]
    assert phones.screen(midori) == ["はい"]


def test_a_slow_answer_is_late_and_right(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    phones.faults(outcomes={"slow": 1.0}, slow_seconds=0.2)
    start = time.perf_counter()
    assert bot.push(midori, "はい").status_code == 200
    assert time.perf_counter() - start >= 0.2


def test_shares_are_kept_and_calm_returns(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    phones.faults(outcomes={"error": 0.5})
    statuses = [bot.push(midori, "はい").status_code for _ in range(60)]
    assert 15 < statuses.count(500) < 45
    phones.faults()
    assert {bot.push(midori, "はい").status_code for _ in range(10)} == {200}


def test_a_plan_that_can_not_be_is_refused(fake: httpx.Client, phones: Phones) -> None:
    before = phones.ask("GET", "faults")
    plans: list[dict[str, object]] = [
        {"outcomes": {"flood": 0.1}},
        {"outcomes": {"error": 0.6, "rate": 0.6}},
        {"outcomes": {"error": "often"}},
        {"outcomes": ["error"]},
        {"script": ["flood"]},
        {"script": "error"},
        {"copies": 6},
        {"copies": 0},
        {"copies": 2.5},
        {"bad_signatures": 2},
        {"shuffle_seconds": -1},
        {"seed": "one"},
        {"weather": "rain"},
    ]
    for plan in plans:
        response = fake.put("/fake/faults", json=plan)
        assert response.status_code == 400, plan
        assert response.json()["message"]
    assert phones.ask("GET", "faults") == before


def test_another_sites_page_can_do_nothing(fake: httpx.Client, phones: Phones) -> None:
    midori = phones.add()
    stranger = {"origin": "https://elsewhere.example"}
    for path in ("say", "block", "follow", "image", "invite"):
        assert fake.post(f"/fake/people/{midori}/{path}", json={"text": "はい"}, headers=stranger).status_code == 403
    assert fake.put("/fake/faults", json={}, headers=stranger).status_code == 403


def test_what_a_phone_can_not_do_is_refused(fake: httpx.Client, phones: Phones) -> None:
    midori = phones.add()
    one = f"people/{midori}"
    deeds: list[tuple[str, str, dict[str, object]]] = [
        ("POST", "people", {"name": " "}),
        ("POST", "people", {"name": "あ" * 41}),
        ("POST", "people/U1/say", {"text": "はい"}),
        ("POST", f"{one}/say", {"text": "  "}),
        ("POST", f"{one}/say", {"text": "😀" * 2501}),
        ("POST", f"{one}/sticker", {"sticker": 99}),
        ("POST", f"{one}/unsend", {"message": "1"}),
        ("POST", f"{one}/image", {"no": "image"}),
        ("PUT", "quota", {"quota": -1}),
        ("POST", "clock", {"forward": -1}),
    ]
    for method, path, body in deeds:
        assert fake.request(method, f"/fake/{path}", json=body).status_code in (400, 404), (path, body)
    assert phones.screen(midori) == []
