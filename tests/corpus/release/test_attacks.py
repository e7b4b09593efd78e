"""Whoever knows an old id, an appointment or an older release does not find a dialogue by ids, times or order.

Each attack is also run on a release that keeps ids and times: there it must succeed, or it would prove nothing here.
Texts are not attacked: they are released as they are, and whoever has them elsewhere finds them again.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import fmean

import pytest
from scipy.stats import kendalltau

from factories import a_dialogue
from kokorochat.corpus.reading import find_corpus, read_corpus
from kokorochat.corpus.release.choices import Choices
from kokorochat.corpus.release.folder import write_release
from kokorochat.corpus.writing import write_corpus
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.topic import Topic, TopicClass

DIALOGUES, PEOPLE, RELEASES = 120, 30, 8
CHANCE = 25
"""A number that is drawn anew falls on the old one about once in a release: 8 times in 8 releases, above 25 in one of a
million runs."""

Corpora = tuple[list[Dialogue], list[list[Dialogue]]]


def _source() -> list[Dialogue]:
    """A platform's dialogues: numbers grow with time, people have account numbers, no two sessions share a minute."""
    draw = random.Random("appointments")
    talks = []
    for number in range(1, DIALOGUES + 1):
        counselor, client = draw.sample(range(1, PEOPLE + 1), 2)
        start = datetime(2026, 1, 5, 9) + timedelta(minutes=number * 601, seconds=draw.randrange(60))
        words = [f"{number}番目の話の{turn}" for turn in range(6)]
        talk = a_dialogue(*words, id=str(number), gap=draw.randrange(20, 90))
        shift = start - talk.utterances[0].time
        utterances = tuple(replace(u, time=u.time + shift) for u in talk.utterances)
        given_at = utterances[-1].time.replace(second=0) + timedelta(minutes=draw.randrange(60))
        talks.append(
            replace(
                talk,
                counselor=str(counselor),
                client=str(client),
                topic=Topic(TopicClass.OTHERS, "話"),
                utterances=utterances,
                feedback=replace(talk.feedback, given_at=given_at),
            )
        )
    return talks


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Corpora]:
    """The source, and what somebody sees in several releases of it, in the order of their files."""
    folder = tmp_path_factory.mktemp("attacks")
    write_corpus(_source(), folder / "source")
    form = folder / "about.toml"
    texts = ("name", "version", "licence", "consent", "collection", "limits", "contact", "citation")
    form.write_text("".join(f'{key} = "x"\n' for key in texts) + 'languages = ["ja"]\n')

    def release(name: str, count: int, **choices: object) -> Corpora:
        for number in range(count):
            write_release(find_corpus(folder / "source"), form, folder / f"{name}{number}", Choices(**choices))
        return _source(), [list(read_corpus(folder / f"{name}{number}")) for number in range(count)]

    return release


@pytest.fixture(scope="module")
def anew(released) -> Corpora:
    return released("anew", RELEASES)


@pytest.fixture(scope="module")
def kept(released) -> Corpora:
    """The control: a release as the published one was made."""
    return released("kept", 1, keep_ids=True, keep_times=True)


def _words(dialogue: Dialogue) -> tuple[str, ...]:
    return tuple(utterance.text for utterance in dialogue.utterances)


def _found_by_number(source: list[Dialogue], release: list[Dialogue]) -> int:
    """Dialogues under the number that the attacker knows."""
    known = {dialogue.id: _words(dialogue) for dialogue in source}
    return sum(known.get(dialogue.id) == _words(dialogue) for dialogue in release)


def _found_by_person(source: list[Dialogue], release: list[Dialogue], role: str) -> int:
    """People whose known number opens a dialogue that is really theirs."""
    theirs = {_words(dialogue): getattr(dialogue, role) for dialogue in source}
    return len({getattr(d, role) for d in release if theirs[_words(d)] == getattr(d, role)})


def _found_by_minute(source: list[Dialogue], release: list[Dialogue]) -> int:
    """Dialogues that the minute of an appointment, or that of its feedback, singles out."""

    def minutes(dialogue: Dialogue) -> tuple[str, str]:
        return f"{dialogue.utterances[0].time:%F %H:%M}", f"{dialogue.feedback.given_at:%F %H:%M}"

    times = {minutes(dialogue)[which] for dialogue in release for which in (0, 1)}
    return sum(any(minute in times for minute in minutes(dialogue)) for dialogue in source)


def _order(source: list[Dialogue], release: list[Dialogue]) -> float:
    """How far the order of a release is the order of time: 1 if it is, near 0 if it tells nothing (Kendall's tau)."""
    when = {_words(dialogue): place for place, dialogue in enumerate(source)}
    return float(kendalltau(range(len(release)), [when[_words(dialogue)] for dialogue in release]).statistic)


def test_who_knows_a_dialogues_number_does_not_find_it(anew, kept):
    assert _found_by_number(kept[0], kept[1][0]) == DIALOGUES
    assert sum(_found_by_number(anew[0], release) for release in anew[1]) <= CHANCE


@pytest.mark.parametrize("role", ["counselor", "client"])
def test_who_knows_a_persons_number_does_not_find_their_dialogues(anew, kept, role):
    assert _found_by_person(kept[0], kept[1][0], role) >= PEOPLE - 2
    assert sum(_found_by_person(anew[0], release, role) for release in anew[1]) <= CHANCE


def test_who_knows_when_a_session_or_its_feedback_was_does_not_find_it(anew, kept):
    assert _found_by_minute(kept[0], kept[1][0]) == DIALOGUES
    assert [_found_by_minute(anew[0], release) for release in anew[1]] == [0] * RELEASES
    assert len({dialogue.utterances[0].time for release in anew[1] for dialogue in release}) == 1


def test_the_order_of_files_does_not_tell_the_order_of_sessions(anew, kept):
    assert _order(kept[0], kept[1][0]) == pytest.approx(1)
    # One shuffled release of 120 has a tau of 0 with a deviation of 0.06, the mean of eight one of 0.02.
    assert abs(fmean(_order(anew[0], release) for release in anew[1])) < 0.1


def test_who_holds_an_older_release_does_not_find_dialogues_or_people_by_their_numbers(anew):
    pairs = list(zip(anew[1], anew[1][1:], strict=False))
    assert sum(_found_by_number(older, newer) for older, newer in pairs) <= CHANCE
    for role in ("counselor", "client"):
        assert sum(_found_by_person(older, newer, role) for older, newer in pairs) <= CHANCE


def test_no_date_of_the_source_is_left_in_any_file(anew, tmp_path_factory):
    folder: Path = next(tmp_path_factory.getbasetemp().glob("attacks*/anew0"))
    files = list((folder / "kokorochat_dialogues").iterdir())
    assert len(files) == DIALOGUES
    assert all(b"2026" not in path.read_bytes() for path in files)
