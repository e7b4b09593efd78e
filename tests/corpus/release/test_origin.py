"""What others published is not released again."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import find_corpus, read_corpus
from kokorochat.corpus.release import origin
from kokorochat.corpus.release.folder import write_release
from kokorochat.corpus.writing import write_corpus
from kokorochat.domain.errors import InputError


def test_a_published_corpus_of_another_format_is_refused_with_its_licence(form, tmp_path):
    talk = {"experience_type": "x", "emotion_type": "x", "problem_type": "x", "situation": "x", "dialog": []}
    talk["dialog"] = [{"speaker": "usr", "text": "hello"}, {"speaker": "sys", "text": "hi", "strategy": "Others"}]
    (tmp_path / "train.txt").write_text(json.dumps(talk) + "\n")
    with pytest.raises(InputError, match=r"ESConv.*CC BY-NC 4\.0.*not yours to release"):
        write_release(find_corpus(f"esconv={tmp_path}/train.txt"), form(), tmp_path / "out")


@pytest.mark.parametrize("name", ["README.md", "LICENSE", "readme.txt", "Licence"])
def test_papers_beside_the_files_that_name_the_publisher_refuse_the_release(corpus, release, tmp_path, name):
    repository = tmp_path / "repository"
    repository.mkdir()
    corpus.rename(repository / "kokorochat_dialogues")
    (repository / name).write_text("from https://github.com/UEC-InabaLab/KokoroChat")
    for source in (repository, repository / "kokorochat_dialogues", repository / "kokorochat_dialogues" / "3.json"):
        with pytest.raises(InputError, match=r"CC BY-NC-ND 4\.0"):
            release(source=source)
    assert not (tmp_path / "out").exists()


def test_the_demo_corpus_is_not_taken_for_the_published_one():
    origin.check_dialogues(read_corpus(DEMO_CORPUS))


def test_a_fingerprint_holds_no_word_id_or_time_but_who_spoke_and_the_items():
    talk = next(read_corpus(DEMO_CORPUS))
    utterances = tuple(replace(u, text="x", time=u.time + timedelta(days=9)) for u in talk.utterances)
    assert origin.fingerprint(replace(talk, id="9", client="9", utterances=utterances)) == origin.fingerprint(talk)
    assert origin.fingerprint(replace(talk, utterances=utterances[:-1])) != origin.fingerprint(talk)
    items = (5, *talk.feedback.items[1:]) if talk.feedback.items[0] != 5 else (0, *talk.feedback.items[1:])
    changed = replace(talk, feedback=replace(talk.feedback, items=items))
    assert origin.fingerprint(changed) != origin.fingerprint(talk)
    assert origin.fingerprint(replace(talk, feedback=None)) is None


@pytest.mark.slow
def test_the_sketch_is_that_of_the_published_corpus(corpus_path):
    prints = sorted(str(origin.fingerprint(dialogue)) for dialogue in read_corpus(corpus_path))
    assert len(set(prints)) == 6589
    assert prints[: origin.SKETCH_SIZE] == origin._SKETCH.read_text(encoding="ascii").split()


@pytest.mark.slow
def test_a_part_of_the_published_corpus_is_refused_though_renumbered_shifted_and_mixed(corpus_path, release, tmp_path):
    def disguised(talk, number):
        utterances = tuple(replace(u, text=f"{number}", time=u.time + timedelta(days=99)) for u in talk.utterances)
        given_at = talk.feedback.given_at + timedelta(days=99)
        feedback = replace(talk.feedback, given_at=given_at)
        return replace(talk, id=str(1000 + number), counselor="1", client="2", utterances=utterances, feedback=feedback)

    half_a_hundred = [talk for n, talk in enumerate(read_corpus(corpus_path)) if n % 65 == 0]
    mixed = [*read_corpus(DEMO_CORPUS), *(disguised(talk, n) for n, talk in enumerate(half_a_hundred))]
    with pytest.raises(InputError, match=r"is one of UEC-InabaLab/KokoroChat"):
        origin.check_dialogues(mixed)
    write_corpus(mixed, tmp_path / "mixed")
    with pytest.raises(InputError, match="must not be released again"):
        release(source=tmp_path / "mixed", reviewed_by=("A. Reader",))
    assert not (tmp_path / "out").exists()
    shutil.rmtree(tmp_path / "mixed")
