"""The words that set a topic apart; all of them our own."""

from kokorochat.corpus.analysis.terms import characteristic_terms, terms
from kokorochat.domain.topic import Topic, TopicClass

_SCHOOL, _WORK = TopicClass.SCHOOL, TopicClass.WORKPLACE


def test_a_term_is_a_run_of_kanji_katakana_or_latin_letters():
    assert terms("授業でノートを忘れた PTA の話と、母") == {"授業", "ノート", "pta"}


def test_what_one_topic_has_and_the_others_lack_is_characteristic():
    topics = [Topic(_SCHOOL, "授業の話題")] * 8 + [Topic(_WORK, "残業の話題")] * 8
    assert characteristic_terms(topics) == {_SCHOOL: ["授業"], _WORK: ["残業"]}


def test_what_all_topics_have_is_characteristic_of_none():
    topics = [Topic(topic, "相談の話題") for topic in (_SCHOOL, _WORK)] * 10
    assert characteristic_terms(topics) == {_SCHOOL: [], _WORK: []}


def test_what_few_dialogues_have_is_not_shown():
    topics = [Topic(_SCHOOL, "転校")] * 4 + [Topic(_WORK, "残業")] * 40
    assert characteristic_terms(topics)[_SCHOOL] == []


def test_a_word_said_often_in_one_dialogue_counts_once():
    topics = [Topic(_SCHOOL, "転校 転校、転校と転校 転校")] * 4 + [Topic(_WORK, "残業")] * 40
    assert characteristic_terms(topics)[_SCHOOL] == []


def test_of_two_terms_of_which_one_holds_the_other_only_one_is_shown():
    topics = [Topic(_SCHOOL, "文化祭と、文化祭準備")] * 9 + [Topic(_WORK, "残業")] * 9
    assert len(characteristic_terms(topics)[_SCHOOL]) == 1


def test_a_corpus_of_one_topic_has_nothing_to_set_apart():
    assert characteristic_terms([Topic(_SCHOOL, "授業")] * 20) == {_SCHOOL: []}
    assert characteristic_terms([]) == {}
