"""The eleven problem types."""

from kokorochat.domain.topic import TopicClass


def test_each_of_the_eleven_topics_has_both_names():
    assert len(TopicClass) == 11
    assert len({topic.japanese for topic in TopicClass}) == 11
