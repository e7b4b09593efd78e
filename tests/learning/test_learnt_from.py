"""What a model learnt from: it is told beside the model, and nobody is measured on it unawares."""

import json
from dataclasses import replace

import pytest

from factories import an_outline, some_samples
from kokorochat.corpus.splits.score import score_split
from kokorochat.domain.errors import InputError
from kokorochat.learning.learnt_from import FILE, Overlap, overlap, read_learnt, write_learnt
from kokorochat.tasks.response import dialogue_of
from kokorochat.tasks.sample import Sample, SampleFile
from kokorochat.tasks.score import score_header

HERE, ELSEWHERE = "0a1b2c3d4e5f" + "0" * 52, "f" * 64
SPLIT = score_split([an_outline(number) for number in range(20)], 1, 2)


@pytest.fixture
def trained(tmp_path):
    """Makes the folder of a model that has learnt the training part of `SPLIT`."""

    def make(corpus=HERE, name="run", group="none"):
        model = tmp_path / name / "model"
        model.mkdir(parents=True)
        (model / "model.json").write_text("{}")
        write_learnt(model, replace(SPLIT, group=group), "train", corpus, "0a1b")
        return tmp_path / name

    return make


def asked(part, corpus=HERE[:12], group="none"):
    ids = {*SPLIT.parts[part]}
    header = score_header(part, 1, 2, split="8:1:1 random", corpus=corpus, group=group)
    return SampleFile(header, [sample for sample in some_samples(20) if sample.id in ids], "digest")


def seen(file, *folders, learnt_too=False):
    return overlap(file, str, "samples.jsonl", folders, learnt_too)


def test_a_model_tells_what_it_learnt_from(trained):
    folder = trained()
    record = read_learnt(folder)
    assert (record.task, record.part, record.split) == ("score", "train", "8:1:1 random")
    assert (record.group, record.seed, record.test_seed, record.corpus) == ("none", 1, 2, HERE)
    assert record.dialogues == list(SPLIT.parts["train"])
    assert read_learnt(folder / "model") == record


@pytest.mark.parametrize(
    ("learnt", "group", "told"),
    [
        ("none", "duplicates", "none"),
        ("client", "person", "client"),
        ("duplicates", "client", "duplicates"),
        ("duplicates", "duplicates", None),
        ("duplicates", "none", None),
        ("person", "client", None),
        ("person", "counselor", None),
    ],
)
def test_a_model_whose_split_keeps_less_apart_than_that_of_the_samples_says_so(trained, learnt, group, told):
    found = seen(asked("test", group=group), trained(group=learnt))
    assert (found.learnt, found.learnt_group) == (0, told)
    assert any(f"is of a split by {group}" in note for note in found.notes) is (told is not None)
    assert seen(asked("test", group=group), trained(ELSEWHERE, "other", learnt)).learnt_group is None


def test_of_a_model_of_two_parts_both_tell_their_settings(trained):
    one, silent = trained(), trained(name="silent")
    assert seen(asked("test"), one, trained(name="other")).settings == "0a1b+0a1b"
    (silent / "model" / FILE).unlink()
    assert seen(asked("test"), one, silent).settings is None


def test_a_model_of_before_tells_nothing(trained):
    folder = trained()
    (folder / "model" / FILE).unlink()
    assert read_learnt(folder) is None


def test_what_is_damaged_or_of_another_model_is_refused(trained):
    folder = trained()
    file = folder / "model" / FILE
    (folder / "model" / "model.json").write_text('{"another": 1}')
    with pytest.raises(InputError, match=r"learnt\.json: is not of the model beside it"):
        read_learnt(folder)
    file.write_text('{"kind": "learnt"}')
    with pytest.raises(InputError, match=r"learnt\.json"):
        read_learnt(folder)


def test_samples_of_another_part_are_new_to_the_model(trained):
    assert seen(asked("test"), trained()) == Overlap(0, settings="0a1b")


def test_samples_that_were_learnt_are_refused_with_what_to_take_instead(trained):
    folder = trained()
    with pytest.raises(InputError) as refused:
        seen(asked("train"), folder)
    told = str(refused.value)
    assert f"samples.jsonl: of its 16 dialogues {folder} has learnt 16 (train of the split 8:1:1 random" in told
    assert "`samples score PATH --part test --group none --seed 1 --test-seed 2`; or add --learnt-too" in told


def test_whoever_goes_on_is_told_how_many_it_knows(trained):
    found = seen(asked("train"), trained(), learnt_too=True)
    assert found.learnt == 16
    assert "the model has learnt 16" in found.notes[0]


def test_a_sample_of_before_is_known_by_the_dialogue_alone(trained):
    with pytest.raises(InputError, match="has learnt 16"):
        seen(asked("train", corpus=None), trained())


def test_a_model_that_tells_nothing_is_taken_and_said_to_be_unknown(trained):
    folder = trained()
    (folder / "model" / FILE).unlink()
    found = seen(asked("test"), folder)
    assert found.learnt == "unknown"
    assert "doesn't tell what it learnt from" in found.notes[0]


def test_another_corpus_is_told_and_equal_ids_in_it_prove_nothing(trained):
    folder = trained(ELSEWHERE)
    found = seen(asked("train"), folder)
    assert found.learnt == "unknown"
    assert "another corpus (0a1b2c3d4e5f)" in found.notes[0]
    assert "16 ids of its dialogues are among the learnt ones" in found.notes[0]
    apart = seen(asked("test"), folder)
    assert apart.learnt == 0
    assert "another corpus" in apart.notes[0]
    assert "among the learnt ones" not in apart.notes[0]


def test_of_a_model_of_two_parts_either_may_know(trained):
    silent = trained(name="silent")
    (silent / "model" / FILE).unlink()
    with pytest.raises(InputError, match="run has learnt 16"):
        seen(asked("train"), silent, trained())
    assert seen(asked("test"), silent, trained(name="other")).learnt == "unknown"


def test_a_model_that_learnt_from_no_corpus_has_nothing_to_tell():
    assert seen(asked("train")) == Overlap(None)


def test_turns_of_a_dialogue_count_once(trained):
    folder = trained()
    id = SPLIT.parts["train"][0]
    turns = [Sample(f"{id}:{turn}", (), "はい") for turn in (1, 3, 5)]
    file = SampleFile(score_header("train", 1, 2, corpus=HERE[:12]), turns, "digest")
    assert overlap(file, dialogue_of, "samples.jsonl", [folder], True).learnt == 1


def test_ids_are_all_that_is_told_of_dialogues(trained):
    told = json.loads((trained() / "model" / FILE).read_bytes())
    assert set(told) == {
        *("kind", "version", "model", "task", "part", "split", "group", "seed", "test_seed", "corpus", "dialogues"),
        "settings",
    }
