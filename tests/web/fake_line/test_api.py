"""The bot's side keeps the rules of the Messaging API."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from kokorochat.web.fake_line.messages import faults_of, units
from line_bot import TOKEN, Bot, Phones, said


def test_without_the_token_nothing_is_answered(fake: httpx.Client) -> None:
    for header in ({}, {"authorization": "Bearer other"}, {"authorization": TOKEN}):
        response = fake.get("/v2/bot/info", headers=header)
        assert response.status_code == 401
        assert response.json()["message"].startswith("Authentication failed")
    assert len(response.headers["x-line-request-id"]) == 32


def test_a_push_stands_on_the_phone_with_its_id_and_sender(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    body = {"to": midori, "messages": [said("一つ目") | {"sender": {"name": "あおい"}}, said("二つ目")]}
    sent = bot.call("POST", "message/push", body).json()["sentMessages"]
    thread = phones.ask("GET", f"people/{midori}")["thread"]
    assert [(bubble["id"], bubble["text"], bubble["sender"]) for bubble in thread] == [
        (sent[0]["id"], "一つ目", "あおい"),
        (sent[1]["id"], "二つ目", ""),
    ]


def test_a_retry_key_is_taken_once(bot: Bot, phones: Phones) -> None:
    midori, key = phones.add(), str(uuid4())
    first, again = bot.push(midori, "はい", key=key), bot.push(midori, "はい", key=key)
    assert (first.status_code, again.status_code) == (200, 409)
    assert again.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert again.json()["sentMessages"] == first.json()["sentMessages"]
    assert phones.screen(midori) == ["はい"]
    assert [accepted["key"] for accepted in phones.ledger()["accepted"]] == [key]


def test_a_retry_key_is_forgotten_after_a_day(bot: Bot, phones: Phones) -> None:
    midori, key = phones.add(), str(uuid4())
    bot.push(midori, "はい", key=key)
    phones.ask("POST", "clock", {"forward": 24 * 3600 - 10})
    assert bot.push(midori, "はい", key=key).status_code == 409
    phones.ask("POST", "clock", {"forward": 20})
    assert bot.push(midori, "はい", key=key).status_code == 200


def test_a_push_without_a_key_is_never_known_again(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    assert [bot.push(midori, "はい").status_code for _ in range(2)] == [200, 200]
    assert phones.screen(midori) == ["はい", "はい"]


def test_a_retry_key_is_a_uuid(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    assert bot.push(midori, "はい", key="1").status_code == 400
    assert phones.screen(midori) == []


def test_a_reply_token_serves_once(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    token = bot.events(1)[0]["replyToken"]
    assert bot.reply(token, "ようこそ").status_code == 200
    again = bot.reply(token, "ようこそ")
    assert (again.status_code, again.json()["message"]) == (400, "Invalid reply token")
    assert phones.screen(midori) == ["ようこそ"]
    assert phones.ask("GET", "people")["used"] == 0


def test_a_reply_token_lives_for_a_minute(bot: Bot, phones: Phones) -> None:
    phones.add()
    token = bot.events(1)[0]["replyToken"]
    phones.ask("POST", "clock", {"forward": 61})
    assert bot.reply(token, "ようこそ").status_code == 400


def test_a_reply_has_no_retry_key(bot: Bot, phones: Phones) -> None:
    phones.add()
    token = bot.events(1)[0]["replyToken"]
    assert bot.reply(token, "ようこそ", x_line_retry_key=str(uuid4())).status_code == 400
    assert bot.reply(token, "ようこそ").status_code == 200


def test_a_spent_quota_refuses_pushes_and_lets_replies_through(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    phones.ask("PUT", "quota", {"quota": 1})
    assert bot.call("GET", "message/quota").json() == {"type": "limited", "value": 1}
    assert bot.push(midori, "一", "二", "三").status_code == 200
    assert bot.call("GET", "message/quota/consumption").json() == {"totalUsage": 1}
    refused = bot.push(midori, "四")
    assert (refused.status_code, refused.json()["message"]) == (429, "You have reached your monthly limit.")
    assert bot.reply(bot.events(1)[0]["replyToken"], "五").status_code == 200
    assert phones.screen(midori) == ["一", "二", "三", "五"]


def test_no_quota_is_no_limit(bot: Bot) -> None:
    assert bot.call("GET", "message/quota").json() == {"type": "none"}


def test_who_blocks_the_bot_is_shown_nothing_and_not_counted(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    phones.act(midori, "block")
    assert bot.push(midori, "はい").status_code == 200
    assert phones.screen(midori) == []
    assert [accepted["shown"] for accepted in phones.ledger()["accepted"]] == [False]
    assert bot.call("GET", "message/quota/consumption").json() == {"totalUsage": 0}
    assert bot.call("GET", f"profile/{midori}").status_code == 404


def test_a_stranger_can_not_be_pushed_to(bot: Bot) -> None:
    response = bot.push("U" + 32 * "0", "はい")
    assert (response.status_code, response.json()["details"][0]["property"]) == (400, "to")


def test_the_profile_of_a_friend(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    assert bot.call("GET", f"profile/{midori}").json()["displayName"] == "みどり"
    assert bot.call("GET", "profile/U1").status_code == 404


def test_the_loading_sign_lasts_a_multiple_of_five_seconds(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    for seconds in (7, 0, 65, "5", True, None):
        assert bot.call("POST", "chat/loading/start", {"chatId": midori, "loadingSeconds": seconds}).status_code == 400
    assert phones.ask("GET", f"people/{midori}")["loading"] is False
    for seconds in (5, 60):
        assert bot.call("POST", "chat/loading/start", {"chatId": midori, "loadingSeconds": seconds}).status_code == 202
    assert phones.ask("GET", f"people/{midori}")["loading"] is True
    phones.ask("POST", "clock", {"forward": 61})
    assert phones.ask("GET", f"people/{midori}")["loading"] is False


def test_a_message_ends_the_loading_sign(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    bot.call("POST", "chat/loading/start", {"chatId": midori, "loadingSeconds": 5})
    bot.push(midori, "はい")
    assert phones.ask("GET", f"people/{midori}")["loading"] is False


def test_a_read_mark_holds_for_all_before_it(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    for text in ("一", "二", "三"):
        phones.say(midori, text)
    token = bot.events(4)[2]["message"]["markAsReadToken"]
    assert bot.call("POST", "chat/markAsRead", {"markAsReadToken": token}).status_code == 200
    assert [bubble["read"] for bubble in phones.ask("GET", f"people/{midori}")["thread"]] == [True, True, False]


def test_an_account_is_linked_by_token_and_nonce_once(fake: httpx.Client, bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    token = bot.call("POST", f"user/{midori}/linkToken").json()["linkToken"]
    address = "/dialog/bot/accountLink"
    values = {"linkToken": token, "nonce": "0123456789abcdef"}
    assert fake.get(address, params=values).status_code == 303
    assert fake.get(address, params=values).status_code == 400
    assert bot.events(2)[1]["link"] == {"result": "ok", "nonce": "0123456789abcdef"}


def test_the_webhook_can_be_named_and_tried(bot: Bot) -> None:
    assert bot.call("GET", "channel/webhook/endpoint").json() == {"endpoint": bot.url, "active": True}
    assert bot.call("POST", "channel/webhook/test").json() | {"timestamp": ""} == {
        "success": True,
        "statusCode": 200,
        "reason": "OK",
        "timestamp": "",
        "detail": "200",
    }
    assert [body["events"] for body in bot.bodies] == [[]]
    bot.answers = [500]
    tried = bot.call("POST", "channel/webhook/test", {}).json()
    assert (tried["success"], tried["statusCode"], tried["reason"]) == (False, 500, "ERROR_STATUS_CODE")
    assert bot.call("PUT", "channel/webhook/endpoint", {"endpoint": "no address"}).status_code == 400


def test_a_group_is_left(bot: Bot, phones: Phones) -> None:
    group = phones.act(phones.add(), "invite")["group"]
    assert bot.events(2)[1]["source"]["groupId"] == group
    assert bot.call("POST", f"group/{group}/leave").status_code == 200
    assert phones.ledger()["left"] == [group]


def test_an_image_is_fetched_by_its_id(fake: httpx.Client, bot: Bot, phones: Phones) -> None:
    midori, content = phones.add(), b"\x89PNG and so on"
    fake.post(f"/fake/people/{midori}/image", content=content, headers={"content-type": "image/png"})
    message = bot.events(2)[1]["message"]
    assert message["type"] == "image"
    assert bot.call("GET", f"message/{message['id']}/content").content == content
    phones.act(midori, "unsend", message=message["id"])
    assert bot.call("GET", f"message/{message['id']}/content").status_code == 404


def test_what_is_no_json_or_not_there_is_refused(fake: httpx.Client, bot: Bot) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    assert fake.post("/v2/bot/message/push", content=b"{", headers=headers).status_code == 400
    assert fake.post("/v2/bot/message/push", content=b"[]", headers=headers).status_code == 400
    assert bot.call("GET", "message/push").status_code == 405
    assert bot.call("GET", "nothing").status_code == 404


SENDER, ACTION = {"name": "あおい"}, {"type": "message", "label": "はい", "text": "はい"}


@pytest.mark.parametrize(
    ("messages", "place"),
    [
        (None, "messages"),
        ([], "messages"),
        ([said("一")] * 6, "messages"),
        (["はい"], "messages[0]"),
        ([said("")], "messages[0].text"),
        ([said("あ" * 5001)], "messages[0].text"),
        ([said("一"), said("😀" * 2501)], "messages[1].text"),
        ([{"type": "poem"}], "messages[0].type"),
        ([{"type": "sticker", "packageId": "1"}], "messages[0].stickerId"),
        ([said("一") | {"sender": {"name": "あ" * 21}}], "messages[0].sender.name"),
        ([said("一") | {"sender": {"name": "the LINE team"}}], "messages[0].sender.name"),
        ([said("一") | {"quickReply": {"items": [{"type": "action", "action": ACTION}] * 14}}],
         "messages[0].quickReply.items"),
        ([said("一") | {"quickReply": {"items": [{"action": ACTION | {"label": ""}}]}}],
         "messages[0].quickReply.items[0].action.label"),
        ([{"type": "template", "altText": "a", "template": {"type": "buttons", "text": "a", "actions": []}}],
         "messages[0].template.actions"),
    ],
)  # fmt: skip
def test_a_message_with_a_fault_is_named_by_its_place(messages: Any, place: str) -> None:
    assert [fault["property"] for fault in faults_of(messages)] == [place]


@pytest.mark.parametrize("text", ["あ" * 5000, "😀" * 2500])
def test_the_longest_text_passes(text: str) -> None:
    assert units(text) == 5000
    assert faults_of([said(text) | {"sender": SENDER}]) == []


def test_a_refused_message_reaches_nobody(bot: Bot, phones: Phones) -> None:
    midori = phones.add()
    response = bot.push(midori, "はい", "")
    assert (response.status_code, response.json()["message"]) == (400, "The request body has 1 error(s)")
    assert phones.screen(midori) == []
    validated = [bot.call("POST", "message/validate/push", {"messages": [said(text)]}) for text in ("はい", "")]
    assert [response.status_code for response in validated] == [200, 400]
    assert phones.screen(midori) == []
