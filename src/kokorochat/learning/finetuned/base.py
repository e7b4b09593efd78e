"""The base that is taught: where it lies, that nothing but weights is taken from it, and how it goes into memory."""

import json
import os
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

from kokorochat.domain.errors import InputError
from kokorochat.learning.finetuned.libraries import bitsandbytes, peft, torch, transformers
from kokorochat.learning.finetuned.settings import FineTuning
from kokorochat.tasks.lines import file_bytes

_PLACES, _PIECE = 17, 4_194_304
"""Pieces of a file of weights that are looked at, and bytes of each: to hash all of 16 GB takes a minute. A file that
is no larger than the pieces together is looked at whole."""

_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")

_REMEDY = "Name the folder of a model that transformers can read"


def find_base(name: str) -> Path:
    """The folder of a base: one that is named by its full path, or that the local cache of models has under a name.

    Raises:
        InputError: there is none; it has no weights as safetensors; or it is quantised already.
    """
    folder = Path(name)
    if not (folder.is_absolute() and os.path.isdir(folder)):
        folder = _cached(name)
    if not (folder / "config.json").is_file():
        raise InputError(f"base {name}", f"{folder} holds no config.json", _REMEDY)
    if not any(folder.glob("*.safetensors")):
        problem = f"{folder} holds no weights as safetensors, and pickles, which may run a stranger's code, are refused"
        raise InputError(f"base {name}", problem, "Take a release that has safetensors")
    refuse_auto_map(folder)
    if "quantization_config" in _config(folder, name):
        raise InputError(f"base {name}", "is quantised already", "Name the release with its full weights")
    return folder


def check_places(folder: Path, name: str, longest: int) -> None:
    """See that a base has places for as many tokens as a run reads: beyond them it was never taught.

    Raises:
        InputError: it hasn't.
    """
    try:
        config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    # The library raises what its parts raise.
    except Exception as fault:
        problem = f"can't be read as a language model ({_first_line(fault)})"
        raise InputError(f"base {name}", problem, _REMEDY) from None
    most = places_of(config)
    if most is not None and longest > most:
        problem = f"{longest:,} tokens are more than the {most:,} for which the base has places"
        remedy = f'Set longest = {most} or less, with too_long = "drop-oldest" if dialogues are longer'
        raise InputError("longest", problem, remedy)


def places_of(config: Any) -> int | None:
    """The tokens that a base can tell the places of, scaled rotations included; None where it tells them without end.

    Args:
        config: as transformers has it.
    """
    most = getattr(config.get_text_config(), "max_position_embeddings", None)
    return most if isinstance(most, int) and most > 0 else None


def refuse_code(folder: Path) -> None:
    """See that a model's folder holds nothing that would run code when somebody loads it.

    Raises:
        InputError: it holds a pickle, or names code of its own.
    """
    for file in sorted(folder.iterdir()):
        if file.suffix in _PICKLES:
            problem = "may be a pickle, which can run a stranger's code; a model here has none"
            raise InputError(str(file), problem, "Remove it, and ask where it came from")
    refuse_auto_map(folder)


def refuse_auto_map(folder: Path) -> None:
    """See that no configuration in a folder names code to be looked up beside it.

    Raises:
        InputError: one does.
    """
    for file in sorted(folder.glob("*config.json")):
        try:
            told = json.loads(file_bytes(file))
        except (ValueError, RecursionError):
            continue  # whoever reads it will say so
        if isinstance(told, dict) and (told.get("auto_map") or told.get("trust_remote_code")):
            problem = "names code of its own (auto_map), which is never run"
            raise InputError(str(file), problem, "Take a release that transformers reads by itself")


def _cached(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError):
        problem = "is neither a folder nor in the local cache of models, and nothing is fetched by a run"
        raise InputError(f"base {name}", problem, f"Fetch it by `hf download {name}`, or name its folder") from None


def _config(folder: Path, name: str) -> dict[str, Any]:
    file = folder / "config.json"
    try:
        values = json.loads(file_bytes(file))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise InputError(f"base {name}", f"{file} is damaged", _REMEDY)
    return values


def base_digest(folder: Path) -> str:
    """By which a base is known again: its configuration, and its weights, of large ones pieces from all over them."""
    found = sha256((folder / "config.json").read_bytes())
    for file in sorted(folder.glob("*.safetensors")):
        size = file.stat().st_size
        found.update(f"{file.name} {size}".encode())
        with file.open("rb") as opened:
            if size <= _PLACES * _PIECE:
                found.update(opened.read())
                continue
            for place in range(_PLACES):
                opened.seek((size - _PIECE) * place // (_PLACES - 1))
                found.update(opened.read(_PIECE))
    return found.hexdigest()


def chosen_device(asked: str, number: int = 0) -> Any:
    """The device that a run file asks for.

    Args:
        number: of this process on its machine: each has a GPU of its own.

    Raises:
        InputError: a GPU is asked for, and there is none for this process.
    """
    there = torch.cuda.is_available()
    if asked == "cuda" and not there:
        problem = "a GPU is asked for, and PyTorch finds none"
        raise InputError("device", problem, 'Use a machine that has one and a PyTorch built for it, or device = "cpu"')
    if not there or asked == "cpu":
        return torch.device("cpu")
    if number >= torch.cuda.device_count():
        problem = f"there are more processes than the {torch.cuda.device_count()} GPUs that PyTorch finds"
        raise InputError("device", problem, "Launch as many processes as there are GPUs")
    torch.cuda.set_device(number)
    return torch.device("cuda", number)


def load_tokenizer(folder: Path, name: str) -> Any:
    """The tokenizer in a folder.

    Raises:
        InputError: there is none that can be read without running code of its own.
    """
    try:
        found = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    # The library raises what its parts raise.
    except Exception as fault:
        raise InputError(f"base {name}", f"its tokenizer can't be read ({_first_line(fault)})", _REMEDY) from None
    if not found.is_fast:
        raise InputError(f"base {name}", "has no tokenizer.json", "Take a release that has one")
    return found


def load_weights(folder: Path, name: str, run: FineTuning, device: Any) -> Any:
    """The base in memory, frozen.

    Raises:
        InputError: it can't be read without running code of its own, or is of no kind that goes on writing a text.
    """
    number = getattr(torch, run.compute)
    bits = None
    if run.quantization == "nf4":
        bits = transformers.BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=run.double_quantization,
            bnb_4bit_compute_dtype=number,
        )
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=number,
            quantization_config=bits,
            device_map={"": device},
            attn_implementation="sdpa",
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
    except torch.OutOfMemoryError:
        raise InputError(f"base {name}", f"does not fit into the memory of {device}", "Use a larger device") from None
    except Exception as fault:
        raise InputError(f"base {name}", f"can't be read as a language model ({_first_line(fault)})", _REMEDY) from None
    # What a base's own settings ask for, such as a penalty on repetition, would not be the plain likeliest token.
    model.generation_config = transformers.GenerationConfig()
    _keep_layout(model)
    return model.requires_grad_(False)


def _keep_layout(model: Any) -> None:
    """Let no 4-bit layer change its layout.

    On some processors (AVX512-BF16) bitsandbytes packs weights anew when they are first used without training, never
    packs them back, and multiplies by packed ones without a gradient: after one look at the validation part a training
    would go on wrongly, and say nothing.
    """
    for layer in model.modules():
        if isinstance(layer, bitsandbytes.nn.Linear4bit):
            layer.support_avx512bf16_for_cpu = False


def with_adapters(model: Any, run: FineTuning, seed: int) -> Any:
    """The model with adapters that add nothing yet, in float32.

    Args:
        seed: draws their one half; the other is nought.

    Raises:
        InputError: no layer of the base has such a name.
    """
    config = peft.LoraConfig(
        r=run.lora_rank,
        lora_alpha=run.lora_alpha,
        lora_dropout=run.lora_dropout,
        target_modules=list(run.lora_modules),
        bias="none",
        task_type="CAUSAL_LM",
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        try:
            adapted = peft.get_peft_model(model, config)
        except ValueError as fault:
            remedy = "Name layers that the base has"
            raise InputError("lora_modules", f"can't be adapted ({_first_line(fault)})", remedy) from None
    for weight in adapters(adapted).values():
        weight.data = weight.data.float()
    return adapted


def adapters(model: Any) -> dict[str, Any]:
    """What learns, by name, in an order that doesn't change."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def computing(run: FineTuning, device: Any) -> AbstractContextManager[Any]:
    """In which numbers is computed: the adapters' float32 meets the base's bfloat16 here."""
    if run.compute == "float32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)


def eight_bit_kernels() -> str:
    """The version of the library whose arithmetic a stored state depends on."""
    version: str = bitsandbytes.__version__
    return version


def _first_line(fault: BaseException) -> str:
    return (str(fault).strip() or type(fault).__name__).partition("\n")[0]
