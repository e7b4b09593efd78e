"""A base gives its weights and its tokens and nothing else, and is known again."""

import json
import pickle
import shutil

import msgspec
import pytest

from kokorochat.domain.errors import InputError
from kokorochat.learning.finetuned.settings import ResponseFineTuning, TinyBase
from parts import need_qlora

need_qlora()

import torch  # noqa: E402

from kokorochat.learning.finetuned.base import (  # noqa: E402
    adapters,
    base_digest,
    check_places,
    chosen_device,
    find_base,
    load_tokenizer,
    load_weights,
    places_of,
    with_adapters,
)
from kokorochat.learning.finetuned.libraries import transformers  # noqa: E402
from kokorochat.learning.finetuned.optimising import rate_share  # noqa: E402
from kokorochat.learning.finetuned.tiny import make_tiny  # noqa: E402

CPU = torch.device("cpu")
RUN = ResponseFineTuning(
    task="response",
    model="finetuned",
    base=TinyBase(width=64, layers=1, heads=4, vocabulary=300),
    rate=1e-3,
    batch=4,
    epochs=1,
    validate_every=0,
)


@pytest.fixture
def base(tmp_path):
    make_tiny(tmp_path / "base", RUN.base, ["こんにちは。眠れません。"], 0)
    return tmp_path / "base"


def rewritten(folder, **changes):
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_the_same_seed_makes_the_same_base_and_another_seed_another(base, tmp_path):
    assert find_base(str(base)) == base
    make_tiny(tmp_path / "again", RUN.base, ["こんにちは。眠れません。"], 0)
    make_tiny(tmp_path / "other", RUN.base, ["こんにちは。眠れません。"], 1)
    assert base_digest(tmp_path / "again") == base_digest(base) != base_digest(tmp_path / "other")


def test_a_run_reads_no_more_tokens_than_its_base_has_places_for(base):
    rewritten(base, max_position_embeddings=2048)
    check_places(base, "it", 2048)
    with pytest.raises(InputError, match="8,192 tokens are more than the 2,048 for which the base has places") as fault:
        check_places(base, "it", 8192)
    assert (fault.value.place, fault.value.remedy.partition(" or")[0]) == ("longest", "Set longest = 2048")
    # Rotations that are scaled reach as far as the base says they do.
    scaled = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    scaled["original_max_position_embeddings"] = 2048
    rewritten(base, max_position_embeddings=16_384, rope_parameters={**scaled, "rope_theta": 10_000.0})
    check_places(base, "it", 16_384)


def test_a_base_that_tells_places_without_end_is_never_too_short(base):
    config = transformers.MambaConfig()
    config.save_pretrained(base)
    assert places_of(config) is None
    check_places(base, "it", 1_000_000)


def test_a_base_is_known_by_its_weights_and_its_configuration(base):
    before = base_digest(base)
    rewritten(base, rms_norm_eps=1e-3)
    changed = base_digest(base)
    file = base / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert len({before, changed, base_digest(base)}) == 3


def test_a_name_that_is_not_in_the_cache_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(InputError, match="neither a folder nor in the local cache") as fault:
        find_base("some/model-that-nobody-has")
    assert fault.value.remedy == "Fetch it by `hf download some/model-that-nobody-has`, or name its folder"


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no config\.json"):
        find_base(str(tmp_path))


def test_pickles_are_refused_unread(base):
    class Evil:
        def __reduce__(self):
            return (pytest.fail, ("a stranger's code ran",))

    (base / "model.safetensors").unlink()
    (base / "pytorch_model.bin").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(InputError, match="pickles"):
        find_base(str(base))
    with pytest.raises(InputError):
        load_weights(base, "it", RUN, CPU)


def test_code_that_a_base_brings_is_not_run(base):
    (base / "evil.py").write_text("import pytest\npytest.fail('a stranger\\'s code ran')\n")
    entry = {"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model", "AutoTokenizer": ["evil.T", None]}
    rewritten(base, model_type="evil", auto_map=entry)
    with pytest.raises(InputError):
        load_weights(base, "it", RUN, CPU)
    file = base / "tokenizer_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "tokenizer_class": "T", "auto_map": entry}))
    with pytest.raises(InputError):
        load_tokenizer(base, "it")


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_a_base_that_names_code_of_its_own_is_refused(base, file):
    told = json.loads((base / file).read_text())
    (base / file).write_text(json.dumps({**told, "auto_map": {"AutoModelForCausalLM": "evil.Model"}}))
    with pytest.raises(InputError, match="names code of its own") as fault:
        find_base(str(base))
    assert fault.value.place.endswith(file)


@pytest.mark.parametrize("content", ["{", "[]", "[" * 100_000])
def test_a_damaged_configuration_is_named(base, content):
    (base / "config.json").write_text(content)
    with pytest.raises(InputError, match=r"config\.json"):
        find_base(str(base))


def test_weights_that_are_cut_off_are_named(base):
    file = base / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(InputError, match="can't be read as a language model"):
        load_weights(base, "it", RUN, CPU)


def test_a_base_that_is_quantised_already_is_refused(base):
    rewritten(base, quantization_config={"quant_method": "gptq", "bits": 4})
    with pytest.raises(InputError, match="quantised already"):
        find_base(str(base))


def test_a_base_without_tokens_is_named(base):
    for file in base.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(InputError, match=r"tokenizer"):
        load_tokenizer(base, "it")


def test_a_penalty_on_repetition_that_a_base_brings_is_not_used(base):
    (base / "generation_config.json").write_text(json.dumps({"repetition_penalty": 1.5, "do_sample": True}))
    model = load_weights(base, "it", RUN, CPU)
    assert model.generation_config.repetition_penalty in (None, 1.0)
    assert not model.generation_config.do_sample


def test_auto_takes_what_is_there():
    assert chosen_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert chosen_device("cpu").type == "cpu"


def test_adapters_begin_alike_for_a_seed_and_add_nothing(base):
    tokens = torch.arange(20)[None]
    model = load_weights(base, "it", RUN, CPU)
    with torch.no_grad():
        before = model(input_ids=tokens).logits
        adapted = with_adapters(model, RUN, 3).eval()
        assert torch.equal(adapted(input_ids=tokens).logits, before)
    again = with_adapters(load_weights(base, "it", RUN, CPU), RUN, 3)
    first, second = adapters(adapted), adapters(again)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_rate_rises_stays_at_its_height_and_falls():
    run = msgspec.structs.replace(RUN, warmup=10)
    shares = [rate_share(step, 100, run) for step in range(100)]
    assert shares[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert shares[10:] == pytest.approx([(100 - step) / 90 for step in range(10, 100)])
    cosine = [rate_share(step, 100, msgspec.structs.replace(run, schedule="cosine")) for step in range(100)]
    assert cosine[:10] == shares[:10]
    assert cosine[55] == pytest.approx(0.5)
    assert cosine[10:] == sorted(cosine[10:], reverse=True)
    constant = [rate_share(step, 100, msgspec.structs.replace(run, schedule="constant")) for step in range(100)]
    assert constant[9:] == [1.0] * 91
    assert rate_share(0, 5, msgspec.structs.replace(run, warmup=0)) == 1.0


def test_a_folder_may_be_moved(base, tmp_path):
    digest = base_digest(base)
    shutil.move(base, tmp_path / "moved")
    assert base_digest(tmp_path / "moved") == digest
