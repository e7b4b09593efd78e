"""The bridge from rows to dialogues: what goes over it, and that nothing changes on the way."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from cast import WORK, a_session, end, played, rate, rating, talk
from kokorochat.corpus.checks import check_corpus
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import find_corpus, read_corpus
from kokorochat.corpus.writing import write_corpus
from kokorochat.domain.dialogue import Role, Utterance
from kokorochat.domain.topic import Topic
from kokorochat.web.export import export_dialogues
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.roleplay.actions import RefusedError, keep_past_session
from kokorochat.web.roleplay.models import Session


def exported() -> list:
    return list(export_dialogues(Session.objects.all()))


def test_only_finished_rated_sessions_of_people_are_exported(aoi, midori, renshu):
    whole = played(aoi, midori)
    played(aoi, renshu)  # with the program
    talk(a_session(aoi, midori), "まだ途中です。")
    unrated = a_session(aoi, midori)
    talk(unrated, "評価はまだです。", "はい。")
    end(unrated)
    silent = a_session(aoi, midori)
    end(silent)
    rate(silent)
    assert [dialogue.id for dialogue in exported()] == [str(whole.feedback.pk)]


def test_texts_and_their_order_do_not_change(aoi, midori, tmp_path):
    texts = [
        "　前後の空白 ",
        "消し\u0008た",
        "一行目\n\n三行目\r\n",
        "👩‍👩‍👧‍👦が\u304b\u3099",
        "（笑）",
        "\u202e逆\u202c",
        '"\\u0041"',
    ]
    played(aoi, midori, *texts)
    write_corpus(exported(), tmp_path / "out")
    (dialogue,) = read_corpus(tmp_path / "out")
    assert [utterance.text for utterance in dialogue.utterances] == texts
    assert [utterance.role for utterance in dialogue.utterances] == [Role.COUNSELOR, Role.CLIENT] * 3 + [Role.COUNSELOR]
    assert (dialogue.counselor, dialogue.client) == (str(aoi.pk), str(midori.pk))
    assert dialogue.topic == Topic(*WORK)
    assert dialogue.feedback.by_key() == rating()
    assert [finding for finding in check_corpus(find_corpus(tmp_path / "out")) if finding.level == "error"] == []


def test_the_order_is_that_of_the_numbers_even_if_all_times_are_the_same(aoi, midori, monkeypatch):
    monkeypatch.setattr(actions.events.timezone, "now", lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))
    played(aoi, midori, *map(str, range(12)))
    assert [utterance.text for utterance in exported()[0].utterances] == list(map(str, range(12)))


def test_times_are_those_of_the_platforms_zone_in_whole_seconds(aoi, midori, monkeypatch):
    at = datetime(2026, 11, 23, 15, 0, 59, 999_999, tzinfo=UTC)
    monkeypatch.setattr(actions.events.timezone, "now", lambda: at)
    played(aoi, midori)
    (dialogue,) = exported()
    assert dialogue.utterances[0] == Utterance(Role.COUNSELOR, datetime(2026, 11, 24, 0, 0, 59), "こんにちは。")
    assert dialogue.feedback.given_at == datetime(2026, 11, 24, 0, 0)


def test_a_corpus_that_is_brought_in_comes_out_the_same(aoi, midori):
    for dialogue in read_corpus(DEMO_CORPUS):
        if dialogue.id in ("1", "10"):
            before = Session.objects.count()
            session = keep_past_session(dialogue, aoi, midori)
            assert Session.objects.count() == before + 1
            (found,) = export_dialogues(Session.objects.filter(pk=session.pk))
            assert (found.utterances, found.feedback, found.topic) == (
                dialogue.utterances,
                dialogue.feedback,
                dialogue.topic,
            )


def test_a_dialogue_without_times_or_feedback_is_not_brought_in(aoi, midori):
    from factories import a_dialogue

    for lacking in (a_dialogue(gap=None), a_dialogue(items=None)):
        with pytest.raises(RefusedError):
            keep_past_session(lacking, aoi, midori)
    assert not Session.objects.exists()


def test_every_read_asks_who_reads(session, aoi, midori, sumire, jimu):
    later = actions.pair(None, aoi, sumire, start=timezone.now() + timedelta(days=1))
    assert list(queries.sessions_of(aoi)) == [later, session]
    assert list(queries.sessions_of(midori)) == [session]
    assert queries.session_of(midori, session.code) == session
    assert queries.session_of(sumire, session.code) is None
    assert queries.session_of(midori, "no-such-code") is None
    assert set(queries.all_sessions(jimu)) == {session, later}
    assert list(queries.all_sessions(aoi)) == []
