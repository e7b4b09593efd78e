"""What the partner's tests share: one that loses no time, and indexes that a partner is played from."""

from datetime import timedelta
from pathlib import Path

import pytest

from factories import a_dialogue
from kokorochat.domain.topic import Topic, TopicClass
from kokorochat.learning.config import RetrievalRun
from kokorochat.learning.retrieval.responder import save_retrieval
from kokorochat.web.practice import partner, replies

WORK = Topic(TopicClass.WORKPLACE, "上司との関係")
TALK = (
    "こんにちは。今日はどうされましたか。",
    "client: 上司のことで相談したいです。",
    "client: 毎日叱られています。",
    "counselor: 毎日叱られて、おつらいのですね。",
    "counselor: いつごろからですか。",
    "client: 半年ほど前からです。",
    "counselor: どうなるとよいと思われますか。",
    "client: 落ち着いて働きたいです。",
)


_KEPT = (replies.model_of, replies._asked, replies._sent)


def forget() -> None:
    """All that a process has in mind."""
    for kept in _KEPT:
        kept.cache_clear()


@pytest.fixture
def restart():
    """A call of this is to the partner what a restart of the platform is."""
    return forget


@pytest.fixture
def at_once(monkeypatch) -> None:
    """The partner neither listens nor writes for any time."""
    monkeypatch.setattr(partner, "LISTENS", timedelta())
    monkeypatch.setattr(partner, "SECONDS_PER_CHARACTER", 0)


@pytest.fixture(scope="session")
def indexes(tmp_path_factory) -> dict[str, Path]:
    """A trained model's folder for each role."""
    folders = {}
    for role in ("counselor", "client"):
        run = RetrievalRun(
            task="response",
            model="retrieval",
            role=role,
            tokenizer="characters",
            fewest=1,
            neighbours=9,
            temperature=0.05,
        )
        folders[role] = tmp_path_factory.mktemp(role)
        save_retrieval([(a_dialogue(*TALK, id=str(n), topic=WORK), 80) for n in range(3)], run, folders[role] / "model")
    return folders


@pytest.fixture
def with_models(settings, indexes):
    """The platform plays partners by models."""
    settings.PRACTICE_CLIENT = f"retrieval:{indexes['client']}"
    settings.PRACTICE_COUNSELOR = f"retrieval:{indexes['counselor']}"
    forget()
    yield
    forget()
