"""What a partner says next: by the model that the settings name for its role, or by what is written."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, lru_cache

from django.conf import settings

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.topic import Topic, TopicClass
from kokorochat.learning.models import Partner, is_elsewhere, is_writing, load_partner
from kokorochat.web.practice.script import FAREWELL, client_answer, listening
from kokorochat.web.roleplay.models import Event, Session

GREETING = "こんにちは。今日はお越しくださり、ありがとうございます。どのようなことをお話しになりたいですか。"
"""With which a program in the counselor's role opens: somebody who practises the client's shall be asked."""

_ENDPOINTS = ThreadPoolExecutor(16, thread_name_prefix="practice-endpoint")
"""Where endpoints are waited for: as many talks at once, and each no longer than its own time-out."""

_WRITING = ThreadPoolExecutor(1, thread_name_prefix="practice-model")
"""Where language models of this process write, one turn after the other: each may use all cores, for seconds."""

NOTICE = {
    Role.CLIENT: "（練習相手のモデルが応答できなくなりました。ここからは、決まった台本で続けます。）",
    Role.COUNSELOR: "（練習相手のモデルが応答できなくなりました。ここからは、決まった言葉で続けます。）",
}
"""What stands in the talk, outside the role, when a model fails."""


def has_model(role: Role) -> bool:
    """Whether a model is to play the role: always the counselor's, which has no script if the setting is taken away."""
    return role is Role.COUNSELOR or bool(settings.PRACTICE_CLIENT)


@cache
def model_of(role: Role) -> Partner | None:
    """The model that plays a role, loaded once; None if none is named.

    Raises:
        InputError: the name or the folder can't be used.
    """
    spec = _spec(role)
    return load_partner(spec, role) if spec else None


def _spec(role: Role) -> str:
    return str(settings.PRACTICE_CLIENT if role is Role.CLIENT else settings.PRACTICE_COUNSELOR)


def check_models() -> None:
    """Load the models now: a wrong name stops the start, and no talk waits the seconds that it takes.

    Raises:
        InputError: as `model_of`.
    """
    for role in Role:
        model_of(role)


@cache
def _scripts() -> tuple[Dialogue, ...]:
    return tuple(d for d in read_corpus(DEMO_CORPUS) if d.feedback is not None and not d.feedback.checks)


def script_of(session: Session) -> Dialogue:
    """The role-play that is followed: one on the session's topic if there is one, by turns."""
    fitting = [d for d in _scripts() if d.topic and d.topic.main is session.topic] or list(_scripts())
    return fitting[session.pk % len(fitting)]


def written(session: Session, role: Role, heard: Sequence[str]) -> tuple[str, ...]:
    """What is written for the role: the client follows a script, the counselor has a few words for anything.

    Args:
        heard: what the person said, one string for each turn so far; not empty.
    """
    if role is Role.COUNSELOR:
        return (listening(len(heard)),)
    return client_answer(script_of(session), heard, len(heard) - 1)


def modelled(session: Session, role: Role, events: Sequence[Event]) -> tuple[str, ...] | None:
    """What the role's model says after these messages; None while an endpoint or a language model thinks of it.

    Where no topic was agreed each session gets one in turn, for else all talks that begin alike would go on alike.
    """
    topics = list(TopicClass)
    topic = Topic(session.topic or topics[session.pk % len(topics)], session.topic_sub)
    talk = tuple(Utterance(Role(event.role), None, event.text) for event in events)
    dialogue = Dialogue(session.code, talk, topic=topic)
    if is_elsewhere(_spec(role)) or is_writing(_spec(role)):
        waited_for = _sent(role, dialogue)
        if not waited_for.done():
            return None
        said = waited_for.result()
    else:
        said = _asked(role, dialogue)
    heard = sum(event.role != role.value for event in events)
    return said or ((FAREWELL,) if role is Role.CLIENT else (listening(heard),))


@lru_cache(maxsize=256)
def _sent(role: Role, talk: Dialogue) -> Future[tuple[str, ...]]:
    """The same from what may take its time: nobody's turn waits for it."""
    return (_ENDPOINTS if is_elsewhere(_spec(role)) else _WRITING).submit(_asked, role, talk)


@lru_cache(maxsize=256)
def _asked(role: Role, talk: Dialogue) -> tuple[str, ...]:
    """Kept for the next look alone: another process, asked about the same talk, answers the same."""
    model = model_of(role)
    if model is None:
        raise LookupError(f"no model plays the {role.value}")
    return tuple(line for line in model.converse(talk).split("\n") if line)
