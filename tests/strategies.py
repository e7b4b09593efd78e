"""Synthetic data of any kind that our shapes allow, for Hypothesis."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.feedback import CHECK_KEYS, Feedback, total_score
from kokorochat.domain.topic import Topic, TopicClass

one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
"""Of a test whose examples may all use one folder."""

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
times = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda t: t.replace(microsecond=0))


@st.composite
def dialogues(draw: st.DrawFn) -> Dialogue:
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
