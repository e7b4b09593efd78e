"""Contact details are found with their exact bounds, in either width, and help lines are told from people's numbers."""

import pytest

from factories import a_dialogue
from kokorochat.corpus.checks import check_dialogue
from kokorochat.corpus.checks.contacts import contact_details


def found(text: str) -> list[tuple[str, str]]:
    return [(contact.kind, text[contact.start : contact.end]) for contact in contact_details(text)]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("こちらhttps://example.jp/a/b.htmlに載っています", "https://example.jp/a/b.html"),
        ("詳しくは（https://example.com/?a=1&b=2）をどうぞ", "https://example.com/?a=1&b=2"),
        ("see www.example.org/x, please", "www.example.org/x"),
        ("see example.org.", "example.org"),
        ("「http://example.com」です", "http://example.com"),
        ("ｈｔｔｐｓ：／／ｅｘａｍｐｌｅ．ｊｐです", "ｈｔｔｐｓ：／／ｅｘａｍｐｌｅ．ｊｐ"),
        ("example.com.au/shop はどうですか", "example.com.au/shop"),
    ],
)
def test_an_address_ends_where_other_words_begin(text, address):
    assert found(text) == [("web-address", address)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("電話は03-1234-5678です", "03-1234-5678"),
        ("電話は０３－１２３４－５６７８です", "０３－１２３４－５６７８"),
        ("０９０ー１２３４ー５６７８まで", "０９０ー１２３４ー５６７８"),
        ("09012345678にかけて", "09012345678"),
        ("(03)1234-5678", "(03)1234-5678"),
        ("+81 90-1234-5678", "+81 90-1234-5678"),
        ("call 212-555-0143 now", "212-555-0143"),
        ("我的电话是13812345678", "13812345678"),
    ],
)
def test_a_telephone_number_is_found_in_every_way_of_writing_it(text, number):
    assert found(text) == [("telephone", number)]


@pytest.mark.parametrize(
    "text", ["0120-12-3456", "0570-0-12345", "0800-123-4567", "1-800-555-0199", "00-0000-0000", "000-00-0000"]
)
def test_help_lines_and_zeros_lead_to_nobody(text):
    (contact,) = contact_details(f"相談は{text}へ")
    assert (contact.kind, contact.public) == ("telephone", True)
    assert [note[:2] for note in check_dialogue(a_dialogue(f"相談は{text}へ")) if "telephone" in note[1]] == [
        ("info", "public-telephone")
    ]


@pytest.mark.parametrize(
    ("text", "kind", "detail"),
    [
        ("mail: taro.y+x@example.co.jpまで", "e-mail", "taro.y+x@example.co.jp"),
        ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "e-mail", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ"),
        ("〒123-4567です", "postal-code", "〒123-4567"),
        ("住所は123-4567の", "postal-code", "123-4567"),
        ("LINEのIDはtaro_77です", "line-id", "LINEのIDはtaro_77"),
        ("ラインＩＤ：ｔａｒｏ７７", "line-id", "ラインＩＤ：ｔａｒｏ７７"),
    ],
)
def test_other_details_are_found(text, kind, detail):
    assert found(text) == [(kind, detail)]


def test_an_invitation_is_an_address_and_an_id():
    assert [kind for kind, _ in found("https://line.me/ti/p/abc")] == ["web-address", "line-id"]


def test_a_number_within_an_address_is_no_telephone_number():
    assert found("https://example.jp/?id=09012345678") == [("web-address", "https://example.jp/?id=09012345678")]


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-02 10時から",
        "0から10まで、0 1 2 3",
        "90%くらい、100-200円",
        "LINEのIDは教えていません",
        "outline identity",
        "9時〜17時 0時〜5時",
        "笑www",
        "e.g. this",
        "＠ホーム",
        "10.20.30.40.50",
        "1234567890123456",
        "",
    ],
)
def test_what_only_looks_alike_is_passed_over(text):
    assert contact_details(text) == []


def test_a_finding_names_the_utterance_and_the_place_but_not_the_words():
    notes = [note for note in check_dialogue(a_dialogue("はい", "番号は090-1234-5678です")) if note[1] == "telephone"]
    assert notes == [("warning", "telephone", "1:1", "holds a telephone number at characters 3 to 15")]
