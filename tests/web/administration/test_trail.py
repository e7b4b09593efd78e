"""The audit trail in words: each deed has a name in both languages, and leads to what it is about."""

import ast
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import translation

import kokorochat
from cast import a_session, talk
from kokorochat.web.accounts.actions import audit
from kokorochat.web.administration.deeds import NAMES, name_of
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Alert, Event

CODE = Path(kokorochat.__file__).parent


def written(argument: ast.expr) -> Iterator[str]:
    """What can stand in an argument: a string, either of two, what a name holds, or one for each kind of event."""
    match argument:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from written(one)
            yield from written(other)
        case ast.JoinedStr(values=[ast.Constant(value="session."), *_]):
            yield from (f"session.{kind.value}" for kind in Event.Kind if kind is not Event.Kind.UTTERANCE)


def deeds() -> set[str]:
    """Every action that the platform's code writes into the trail."""
    found = set()
    for file in CODE.rglob("*.py"):
        tree = ast.parse(file.read_text())
        named = {
            target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or ast.unparse(call.func) not in ("audit", "chain.add", "audit_reads"):
                continue
            action = call.args[1]
            if isinstance(action, ast.Name) and action.id == "action" and "action" not in named:
                continue  # handed on; the caller names it
            some = set(written(named.get(action.id, action) if isinstance(action, ast.Name) else action))
            assert some, f"{file}: {ast.unparse(call)}"
            found |= some
    return found


NO_ROW_OF_ITS_OWN = {"server.check"}
"""Taken back as soon as it was written."""


def test_every_deed_has_a_name_and_every_name_a_deed():
    assert deeds() - NO_ROW_OF_ITS_OWN == set(NAMES)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_name_is_a_code_and_no_two_are_alike(language):
    with translation.override(language):
        names = {action: name_of(action) for action in NAMES}
    assert len(set(names.values())) == len(names)
    assert [name for action, name in names.items() if name == action] == []
    if language == "ja":
        assert [name for name in names.values() if name.isascii()] == []


def test_the_page_says_what_was_done_and_leads_to_the_session(session, midori, jimu, signed_in):
    talk(session, "秘密の言葉")
    actions.stop(session.pk, midori, uuid4())
    alert = Alert.objects.get()
    page = signed_in(jimu).get("/administration/trail")
    rows = {(row.deed, row.address) for row in page.context["rows"] if row.entry.subject != "person"}
    record = f"/administration/sessions/{session.code}/record"
    assert {("セッションの中断", record), ("セッションの設定", record)} <= rows
    assert (f"alert {alert.pk}", record) in {(row.entry.subject, row.address) for row in page.context["rows"]}
    html = page.content.decode()
    assert "session.stop<" not in html
    assert "秘密の言葉" not in html
    assert f'href="/administration/people/{midori.pk}">みどり</a>' in html


def test_a_deed_is_chosen_by_its_name(session, jimu, signed_in):
    actions.open_talk(session, jimu, "key")
    page = signed_in(jimu).get("/administration/trail", {"action": "talk.watch"})
    assert [row.deed for row in page.context["rows"]] == ["進行中の対話の閲覧"]
    assert '<option value="talk.watch" selected>進行中の対話の閲覧</option>' in page.content.decode()


def test_what_a_newer_version_has_stored_and_what_is_gone_is_shown_as_it_stands(jimu, aoi, midori, signed_in):
    audit(jimu, "deed.unknown", "session 999999")
    audit(jimu, "alert.raise", "alert 999999")
    audit(jimu, "corpus.export", "sessions 1-3 7")
    a_session(aoi, midori)
    shown = {
        (row.deed, row.subject, row.address)
        for row in signed_in(jimu).get("/administration/trail", {"person": jimu.pk}).context["rows"]
    }
    assert shown == {
        ("同意書への同意", "consent text 1", ""),
        ("deed.unknown", "session 999999", ""),
        ("呼び出し", "alert 999999", ""),
        ("対話の書き出し", "sessions 1-3 7", ""),
    }
