"""What is gathered of a corpus, and what it comes to on the release."""

from dataclasses import replace

import numpy as np
import pytest

from corpus_shapes import some_dialogues
from kokorochat.corpus.analysis.analysis import document, gather
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.readings import readings
from kokorochat.corpus.features import FEATURE_KEYS
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.release.times import relative
from kokorochat.corpus.sources.kokorochat import SOURCE
from kokorochat.corpus.sources.source import Entry
from kokorochat.corpus.statistics import corpus_statistics


def test_the_statistics_are_those_of_corpus_stats():
    entries = [Entry(dialogue, "x.json") for dialogue in some_dialogues(5)]
    assert document(gather(SOURCE, entries).analysis())["statistics"] == corpus_statistics(entries)


def test_every_feature_is_there_whatever_the_corpus_lacks(analyze):
    found = document(analyze(some_dialogues(30, timed=False)))
    assert tuple(found["feature_spearman"]) == FEATURE_KEYS
    assert found["feature_spearman"]["counselor_response_seconds"] is None
    assert found["feature_spearman"]["client_characters"] > 0.3
    assert found["feature_tests"]["client_characters"]["clusters"] == 12


def test_a_corpus_without_feedback_has_statistics_and_features_but_no_correlation(analyze):
    found = document(analyze(some_dialogues(8, rated=False)))
    assert found["score_histogram"]["bins"] == []
    assert found["item_spearman"] == []
    assert set(found["feature_spearman"].values()) == {None}
    assert found["feature_values"]["minutes"]["n"] == 8


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_few_dialogues_are_analysed_without_an_interval(analyze, count):
    found = document(analyze(some_dialogues(count)))
    assert found["score_histogram"]["n"] == count
    assert all(test["low"] is None and test["p"] is None for test in found["feature_tests"].values())


def test_equal_scores_have_no_correlation(analyze):
    found = document(analyze(some_dialogues(20, alike=True)))
    assert set(found["feature_spearman"].values()) == {None}
    assert found["item_spearman"] == [[None] * 20] * 20
    assert found["score_histogram"]["skewness"] is None


def test_without_client_ids_the_dialogue_is_the_cluster(analyze):
    nameless = [replace(dialogue, client=None, counselor=None) for dialogue in some_dialogues(25)]
    assert analyze(nameless).tests["client_characters"].clusters == 25


def test_times_that_count_from_a_sessions_start_tell_neither_hour_nor_year():
    entries = [Entry(relative(dialogue), "x.json") for dialogue in some_dialogues(12)]
    gathering = gather(SOURCE, entries)
    found = gathering.analysis()
    assert gathering.last_year is None
    assert (found.spreads["start_hour"].n, found.spreads["minutes"].n) == (0, 12)
    assert gather(SOURCE, [Entry(some_dialogues(1)[0], "x.json")]).last_year == 2024


def test_ratings_of_a_corpus_own_items_are_correlated_under_their_names():
    plain = replace(SOURCE, scale=None)
    dialogues = some_dialogues(6, rated=False)
    entries = [Entry(d, "x", ratings={"calm": n, "clear": -n, "n": 1}) for n, d in enumerate(dialogues)]
    entries[0] = replace(entries[0], ratings={"calm": 0, "clear": 0})
    found = gather(plain, entries).analysis()
    assert found.items == ("calm", "clear")
    assert found.item_spearman[0][1] == pytest.approx(-1)
    assert (found.histogram.lowest, found.histogram.highest) == (0, 1)


@pytest.mark.parametrize("language", list(Language))
def test_readings_are_judged_on_any_corpus_and_printed_digits_on_the_release_alone(analyze, language):
    found = readings(analyze(some_dialogues(40)), language)
    assert {reading.figure for reading in found} == {"Table 3", "Figure 2", "Figure 3", "Figure 4", "Figure 11"}
    assert not any("digit" in reading.claim or "最後の桁" in reading.claim for reading in found)


def test_a_reading_without_its_data_is_not_judged(analyze):
    found = readings(analyze(some_dialogues(8, rated=False)), Language.ENGLISH)
    assert {reading.figure for reading in found} == {"Table 3", "Figure 2"}


@pytest.mark.slow
def test_the_release_gives_the_papers_figures_to_the_printed_digit(corpus_path):
    corpus = find_corpus(corpus_path)
    analysis = gather(corpus.source, corpus.entries()).analysis()
    found = document(analysis)
    counts = [bin["count"] for bin in found["score_histogram"]["bins"]]
    assert counts == [47, 144, 258, 370, 766, 1113, 1172, 1085, 861, 698, 75]
    assert round(found["score_histogram"]["skewness"], 2) == -0.39
    rho = found["feature_spearman"]
    five = [round(rho[key], 4) for key in FEATURE_KEYS[:5]]
    assert five == [0.4205, 0.2811, 0.2102, 0.1677, -0.2092]
    matrix = np.array(found["item_spearman"])
    pairs = matrix[np.triu_indices(20, 1)]
    assert (matrix.shape, int((pairs > 0.6).sum())) == ((20, 20), 161)
    assert round(pairs.min(), 2) == round(matrix[2, 10], 2) == 0.50
    assert round(pairs.max(), 2) == round(matrix[8, 9], 2) == 0.88
    failing = [reading.claim for reading in readings(analysis, Language.ENGLISH) if not reading.holds]
    assert failing == ["The ten printed shares come out to the digit", "The distribution is skewed to the right"]
