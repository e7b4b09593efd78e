"""How the scores of a fine-tuned model are read: from the text that it writes, or from its digits alone."""

import json

import msgspec
import pytest

from factories import a_dialogue, short_demo
from kokorochat.cli import main
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.answers import read_answers
from kokorochat.evaluation.responses import Said, read_responses
from kokorochat.learning.models import load_partner, load_response_model, load_score_model
from kokorochat.llm.chat import ChatFault, Message
from kokorochat.tasks.sample import read_samples
from parts import need_qlora

need_qlora()

from kokorochat.learning.finetuned import answers  # noqa: E402
from kokorochat.learning.finetuned.digits import Form, likeliest, read_digits  # noqa: E402
from kokorochat.learning.finetuned.reading import longest_prompt, prompt_of  # noqa: E402
from kokorochat.learning.finetuned.rendering import Renderer  # noqa: E402
from tiny_models import RESPONSES, SCORES, tiny_model  # noqa: E402

COUNSELOR = Role.COUNSELOR


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("scores"), SCORES)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    place = tmp_path_factory.mktemp("samples")
    corpus = short_demo(place)
    for task in ("score", "response"):
        assert main(["samples", task, str(corpus), "--part", "test", "--out", str(place / f"{task}.jsonl")]) == 0
    return place


@pytest.fixture
def answer(folder, samples, tmp_path, capsys):
    def asked(*more, model=f"finetuned:{folder}", task="score", out="answers.jsonl"):
        capsys.readouterr()
        command = ["answer", "--model", model, "--samples", str(samples / f"{task}.jsonl")]
        return main([*command, "--out", str(tmp_path / out), *more]), capsys.readouterr().err

    return asked


def evaluated(out, capsys):
    capsys.readouterr()
    assert main(["evaluate", "score", "--answers", str(out), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_by_its_digits_each_sample_has_twenty_values_with_their_probabilities(answer, folder, samples, tmp_path):
    assert answer("--readout", "digits")[0] == 0
    model, asked = load_score_model(f"finetuned:{folder}"), read_samples(samples / "score.jsonl").samples
    file = read_answers(tmp_path / "answers.jsonl")
    assert [one.sample for one in file.answers] == [sample.id for sample in asked]
    loaded = model._loaded
    for one, sample in zip(file.answers, asked, strict=True):
        prompt = loaded.renderer.prompt(sample.messages)
        odds = read_digits(loaded.model, prompt, Form(loaded.renderer), loaded.run, loaded.device)
        assert one.items == likeliest(odds)
        assert list(one.probabilities) == list(ITEM_KEYS)
        assert list(one.probabilities.values()) == [pytest.approx(item, abs=1e-4) for item in odds]
        assert one.failure is None
    told = "likeliest digits in the form of the answer, unquantised, float32"
    assert {file.header.decoding, *(one.decoding for one in file.answers)} == {told}


def test_by_its_digits_it_has_a_calibration_and_a_signature_of_its_own(answer, tmp_path, capsys):
    assert answer("--readout", "digits")[0] == 0
    found = evaluated(tmp_path / "answers.jsonl", capsys)
    assert found["unparsable"] == 0
    assert found["calibration"]["rps"]["mean"] > 0
    assert found["best"] is not None
    assert "decoding=likeliest digits in the form of the answer" in found["signature"]


@pytest.mark.parametrize("named", [(), ("--readout", "text")])
def test_its_text_is_read_unless_the_digits_are_asked_for(named, answer, tmp_path, capsys):
    assert answer(*named)[0] == 0
    assert read_answers(tmp_path / "answers.jsonl").header.decoding == (
        "greedy, unquantised, float32, at most 12 tokens"
    )
    assert evaluated(tmp_path / "answers.jsonl", capsys)["calibration"] is None
    code, said = answer("--readout", "digits", "--resume")
    assert (code, "holds answers of another decoding" in said) == (2, True)


@pytest.mark.parametrize(
    ("text", "cut", "failure"),
    [
        ("{'felt': 3}", False, "no JSON: a brace that opens no JSON object"),
        ("よい対話でした。", False, "no JSON"),
        (json.dumps({ITEM_KEYS[0]: 3}), False, f"wrong keys: {ITEM_KEYS[1]} is missing, 1 keys in all"),
        ('{"felt_respected": 3', True, "cut off: at 12 tokens"),
        (f"```json\n{json.dumps(dict.fromkeys(ITEM_KEYS, 3))}\n```", False, None),
        (json.dumps(dict.fromkeys(ITEM_KEYS, 3)), True, None),
    ],
)
def test_a_text_is_read_as_at_an_endpoint_and_what_is_wrong_with_it_is_told(
    text, cut, failure, answer, tmp_path, monkeypatch
):
    def written(loaded, asked, longest):
        return [[] if cut else [loaded.renderer.end]] * len(asked)

    monkeypatch.setattr(answers, "write_all", written)
    monkeypatch.setattr(Renderer, "text", lambda self, tokens: text)
    assert answer()[0] == 0
    for one in read_answers(tmp_path / "answers.jsonl").answers:
        assert one.failure == failure
        assert one.items == (dict.fromkeys(ITEM_KEYS, 3) if failure is None else None)


def test_what_the_limit_cuts_off_is_named_and_of_a_response_kept(answer, tmp_path, tmp_path_factory, capsys):
    """Random weights end nowhere."""
    assert answer()[0] == 0
    assert {one.failure for one in read_answers(tmp_path / "answers.jsonl").answers} == {"cut off: at 12 tokens"}
    table = evaluated(tmp_path / "answers.jsonl", capsys)
    assert table["failures"] == {"cut off": table["n"]} == {"cut off": table["unparsable"]}
    tuned = tiny_model(tmp_path_factory.mktemp("responses"))
    assert answer(model=f"finetuned:{tuned}", task="response", out="said.jsonl")[0] == 0
    said = read_responses(tmp_path / "said.jsonl").answers
    assert {one.failure for one in said} == {"cut off: at 12 tokens"}
    assert any(one.text for one in said)


def test_what_is_longer_than_the_model_reads_is_named_and_not_read(answer, samples, tmp_path, tmp_path_factory):
    asked = read_samples(samples / "response.jsonl").samples
    tuned = tiny_model(tmp_path_factory.mktemp("responses"))
    renderer = load_response_model(f"finetuned:{tuned}")._loaded.renderer
    lengths = {sample.id: len(renderer.prompt(sample.messages)) for sample in asked}
    longest = sorted(lengths.values())[len(lengths) // 2]
    tiny_model(tuned, msgspec.structs.replace(RESPONSES, longest=longest))
    assert answer(model=f"finetuned:{tuned}", task="response")[0] == 0
    for one in read_responses(tmp_path / "answers.jsonl").answers:
        length = lengths[one.sample]
        if length > longest:
            assert (one.text, one.failure) == ("", f"too long: {length:,} tokens, of which {longest:,} are read")
        else:
            assert one.failure == "cut off: at 12 tokens"


@pytest.mark.parametrize("readout", ["text", "digits"])
def test_scores_of_what_is_longer_than_the_model_reads_are_none(readout, answer, tmp_path, tmp_path_factory):
    tuned = tiny_model(tmp_path_factory.mktemp("scores"), msgspec.structs.replace(SCORES, longest=64))
    assert answer("--readout", readout, model=f"finetuned:{tuned}")[0] == 0
    for one in read_answers(tmp_path / "answers.jsonl").answers:
        assert one.failure.startswith("too long: ")
        assert (one.items, one.probabilities) == (None, None)
    with pytest.raises(ChatFault, match="too long"):
        load_score_model(f"finetuned:{tuned}").predict_dialogue(a_dialogue("はい。", "眠れません。"))


def test_a_partner_that_can_not_read_the_talk_any_more_says_so(tmp_path):
    model = load_partner(f"finetuned:{tiny_model(tmp_path, msgspec.structs.replace(RESPONSES, longest=64))}", COUNSELOR)
    with pytest.raises(ChatFault, match="too long"):
        model.converse(a_dialogue("はい。", "眠れません。"))


def test_as_in_training_as_few_of_the_oldest_turns_as_must_go_are_left_out(samples, tmp_path):
    sample = max(read_samples(samples / "response.jsonl").samples, key=lambda sample: len(sample.messages))
    whole, run = len(sample.messages), msgspec.structs.replace(RESPONSES, too_long="drop-oldest")
    tuned = tiny_model(tmp_path)
    renderer = load_response_model(f"finetuned:{tuned}")._loaded.renderer
    # The instruction and the newest turns: what is left of the talk is what would have been learnt from.
    due = {
        dropped: renderer.prompt((sample.messages[0], *sample.messages[1 + dropped :])) for dropped in range(whole - 1)
    }
    for dropped in (0, 1, whole - 2):
        tiny_model(tuned, msgspec.structs.replace(run, longest=len(due[dropped])))
        model = load_response_model(f"finetuned:{tuned}")
        assert prompt_of(model._loaded, sample.messages) == due[dropped]
        told = f"of more than {len(due[dropped])} tokens the oldest turns left out"
        assert told in model.decoding
        [said] = model.said([sample])
        assert said.failure == "cut off: at 12 tokens"
    tiny_model(tuned, msgspec.structs.replace(run, longest=len(due[whole - 2]) - 1))
    [said] = load_response_model(f"finetuned:{tuned}").said([sample])
    assert said.failure.startswith("too long: ")


def test_of_a_transcript_the_oldest_lines_are_left_out(samples, tmp_path):
    sample = read_samples(samples / "score.jsonl").samples[0]
    instruction, transcript = sample.messages
    tuned = tiny_model(tmp_path, SCORES)
    renderer = load_score_model(f"finetuned:{tuned}")._loaded.renderer
    lines = transcript.content.split("\n")
    due = renderer.prompt((instruction, Message("user", "\n".join(lines[2:]))))
    tiny_model(tuned, msgspec.structs.replace(SCORES, longest=len(due), too_long="drop-oldest"))
    model = load_score_model(f"finetuned:{tuned}", "digits")
    assert prompt_of(model._loaded, sample.messages) == due
    assert model.predict([sample])[0].failure is None


def test_a_question_leaves_room_for_its_answer_among_the_places_of_the_base(tmp_path):
    loaded = load_response_model(f"finetuned:{tiny_model(tmp_path)}")._loaded
    assert longest_prompt(loaded) == RESPONSES.longest
    config = loaded.model.config
    config.max_position_embeddings = 1000
    assert longest_prompt(loaded) == 1000 - RESPONSES.longest_answer


def test_of_a_turn_that_is_cut_off_a_partner_says_whole_sentences(tmp_path, monkeypatch):
    model, talk = (
        load_partner(f"finetuned:{tiny_model(tmp_path)}", COUNSELOR),
        a_dialogue("はい。", "眠れません。"),
    )
    model._written = lambda asked: [Said("つらいですね。いつから", "cut off: at 12 tokens")]
    assert model.converse(talk) == "つらいですね。"
    model._written = lambda asked: [Said("いつから", "cut off: at 12 tokens")]
    with pytest.raises(ChatFault, match="cut off: at 12 tokens"):
        model.converse(talk)
    model._written = lambda asked: [Said("いつから")]
    assert model.converse(talk) == "いつから"


@pytest.mark.parametrize(
    ("model", "task", "more"),
    [
        ("baseline:always-3", "score", ("--readout", "digits")),
        ("finetuned:it", "response", ("--readout", "digits")),
        ("openai:it", "score", ("--readout", "text")),
    ],
)
def test_others_have_no_digits_to_read(model, task, more, answer):
    code, said = answer(*more, model=model, task=task)
    assert (code, said.startswith("kokorochat: --readout: is for ")) == (2, True)


def test_whoever_asks_for_probabilities_is_told_how_to_get_them(answer):
    code, said = answer("--probabilities")
    assert (code, "Add --readout digits in its place" in said) == (2, True)


def test_a_base_whose_digits_do_not_stand_alone_is_named_with_what_to_do(folder, monkeypatch):
    def joined(renderer):
        raise InputError("base it", "its tokens join digits", 'Set best_by = "loss"')

    monkeypatch.setattr(answers, "Form", joined)
    with pytest.raises(InputError) as fault:
        load_score_model(f"finetuned:{folder}", "digits")
    assert fault.value.remedy == "Answer with --readout text"


def test_a_model_of_responses_has_no_scores_to_read(tmp_path):
    with pytest.raises(InputError, match="predicts no scores"):
        load_score_model(f"finetuned:{tiny_model(tmp_path, RESPONSES)}", "digits")
