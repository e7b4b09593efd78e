"""Synthetic data of any kind that our shapes allow, for Hypothesis."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from kokorochat.corpus.sources.source import Entry, Remark
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.feedback import CHECK_KEYS, ITEM_KEYS, Feedback, total_score
from kokorochat.domain.topic import Topic, TopicClass

one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
"""Of a test whose examples may all use one folder."""

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
times = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda t: t.replace(microsecond=0))


@st.composite
def dialogues(draw: st.DrawFn) -> Dialogue:
    """With all that the published shape needs."""
    start = draw(times)
    gaps = draw(st.lists(st.integers(0, 300), min_size=1, max_size=8))
    items = tuple(draw(st.lists(st.integers(0, 5), min_size=20, max_size=20)))
    checks = frozenset(draw(st.sets(st.sampled_from(CHECK_KEYS))))
    return Dialogue(
        id=str(draw(st.integers(0, 9999))),
        utterances=tuple(
            Utterance(draw(st.sampled_from(Role)), start + timedelta(seconds=sum(gaps[:place])), draw(texts))
            for place in range(len(gaps))
        ),
        counselor=str(draw(st.integers(1, 500))),
        client=str(draw(st.integers(1, 500))),
        topic=Topic(draw(st.sampled_from(TopicClass)), draw(texts)),
        feedback=Feedback(items, checks, total_score(items, checks), draw(times)),
    )


names = texts.map(lambda text: text[:12])
maybe_texts = st.just("") | texts
maybe_times = st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))
keys = names.filter(lambda name: name not in ITEM_KEYS)
feedbacks = st.builds(
    Feedback,
    st.tuples(*[st.integers(0, 5)] * 20),
    st.frozensets(st.sampled_from(CHECK_KEYS)),
    st.integers(0, 100),
    maybe_times,
)
utterances = st.builds(Utterance, st.sampled_from(Role), maybe_times, maybe_texts)
remarks = st.builds(Remark, st.sampled_from(["warning", "info"]), names, maybe_texts, maybe_texts)
any_dialogues = st.builds(
    Dialogue,
    id=names,
    utterances=st.lists(
        st.builds(Utterance, st.sampled_from(Role), maybe_times, maybe_texts), min_size=1, max_size=4
    ).map(tuple),
    counselor=st.none() | names,
    client=st.none() | names,
    topic=st.none() | st.builds(Topic, st.sampled_from(TopicClass), maybe_texts),
    feedback=st.none() | feedbacks,
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """Whatever a source may tell of a dialogue."""
    dialogue = draw(any_dialogues)
    other = st.none() | st.dictionaries(keys, st.integers(-9, 99), min_size=1, max_size=3)
    return Entry(
        dialogue,
        "a.jsonl",
        "line 1",
        dialogue.feedback.by_key() if dialogue.feedback else draw(other),
        draw(st.dictionaries(names, st.integers(0, 999), max_size=2)),
        draw(st.none() | names),
        draw(st.dictionaries(names, st.lists(maybe_texts, max_size=2).map(tuple), max_size=2)),
        tuple(
            draw(
                st.lists(
                    st.builds(Remark, st.sampled_from(["warning", "info"]), names, maybe_texts, maybe_texts), max_size=2
                )
            )
        ),
    )
