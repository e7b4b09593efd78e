"""A fine-tuned model on disk: adapters as safetensors, the base's tokens and template, and a description.

No pickle, and no code is looked up by a name in these files, so that to load a stranger's model runs no code of theirs.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from safetensors import SafetensorError
from safetensors.torch import load_file

from kokorochat.corpus.writing import write_file
from kokorochat.domain.errors import InputError
from kokorochat.learning.finetuned.base import (
    adapters,
    base_digest,
    chosen_device,
    find_base,
    load_tokenizer,
    load_weights,
    refuse_code,
    with_adapters,
)
from kokorochat.learning.finetuned.libraries import peft, torch
from kokorochat.learning.finetuned.rendering import Renderer
from kokorochat.learning.finetuned.settings import ResponseFineTuning, ScoreFineTuning
from kokorochat.learning.stored import DESCRIPTION, REMEDY, Description, decode_description, find_description
from kokorochat.tasks.lines import digest, file_bytes

Settings = ScoreFineTuning | ResponseFineTuning

FORMAT, FORMAT_VERSION = "kokorochat-finetuned", 1
BASES = "KOKOROCHAT_BASE"
"""The variable with folders of bases that lie elsewhere than where they were taught."""

ADAPTERS, OWN_BASE = "adapter_model.safetensors", "base"


class FineTunedDescription(Description, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands beside the adapters; `arrays_digest` is theirs.

    Attributes:
        response: the settings under which the model was trained and answers, if it is one of the response task.
        score: the same of the score task.
        base_digest: by which the base is known again, see `base.base_digest`.
        files: {name: SHA-256} of the other files, tokens and template among them.
    """

    response: ResponseFineTuning | None = None
    score: ScoreFineTuning | None = None
    base_digest: str
    files: dict[str, str]


@dataclass(frozen=True)
class StoredFineTuned:
    """A model's folder as read, its weights not yet.

    Attributes:
        place: the folder that holds the description.
        run: the settings.
        base: where the base lies.
        fingerprint: SHA-256 of the description, and by its digests of the other files.
    """

    place: Path
    told: FineTunedDescription
    run: Settings
    base: Path
    fingerprint: str


def save_finetuned(folder: Path, run: Settings, model: Any, renderer: Renderer, base: Path) -> None:
    """Write a model: what peft and vLLM read, and the description last.

    Args:
        base: where the base lies; one that the run has made itself lies in the folder already, as `base`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = model.peft_config["default"]
    config.base_model_name_or_path = run.base if isinstance(run.base, str) else OWN_BASE
    config.inference_mode = True
    model.save_pretrained(folder, safe_serialization=True, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    renderer.tokenizer.chat_template = renderer.template
    renderer.tokenizer.save_pretrained(folder)
    files = {file.name: digest(file.read_bytes()) for file in sorted(folder.iterdir()) if file.is_file()}
    description = FineTunedDescription(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        arrays_digest=files.pop(ADAPTERS),
        response=run if isinstance(run, ResponseFineTuning) else None,
        score=run if isinstance(run, ScoreFineTuning) else None,
        base_digest=base_digest(base),
        files=files,
    )
    write_file(folder / DESCRIPTION, msgspec.json.encode(description))


def read_finetuned(folder: Path) -> StoredFineTuned:
    """Read what a training run wrote, but for the weights.

    Raises:
        InputError: no model of this kind is there, it is damaged, its base is gone or another one, or one of the two
            folders holds what would run code.
    """
    file = find_description(folder, "a fine-tuned model")
    place, written = file.parent, file_bytes(file)
    refuse_code(place)
    told = decode_description(written, FineTunedDescription, file)
    run = told.response or told.score
    if run is None or (told.format, told.format_version) != (FORMAT, FORMAT_VERSION):
        raise InputError(str(file), "is not what this version of kokorochat reads", REMEDY)
    for name, due in {ADAPTERS: told.arrays_digest, **told.files}.items():
        if Path(name).name != name or digest(file_bytes(place / name)) != due:
            raise InputError(str(place / name), f"is damaged, or not the one that {DESCRIPTION} belongs to", REMEDY)
    own = os.path.abspath(place / OWN_BASE)
    base = _base_named(run.base, told.base_digest) if isinstance(run.base, str) else find_base(own)
    if base_digest(base) != told.base_digest:
        remedy = f"Fetch the release that was used, or name its folder by {BASES}"
        raise InputError(str(base), "is another base than the one that was taught", remedy)
    return StoredFineTuned(place, told, run, base, digest(written))


def _base_named(name: str, due: str) -> Path:
    """A base that lies outside: in a folder that the variable names, if it is that base, or where it was taught.

    Args:
        due: its digest.
    """
    named = [os.path.abspath(folder) for folder in os.environ.get(BASES, "").split(os.pathsep) if folder]
    unusable = list[str]()
    for folder in named:
        try:
            if not os.path.isdir(folder):
                unusable.append(f"{folder} is no folder")
            elif base_digest(find_base(folder)) == due:
                return Path(folder)
        except (InputError, OSError) as fault:
            # It is perhaps that of another model, and no reason why this one can't answer.
            why = fault.problem if isinstance(fault, InputError) else fault.strerror
            unusable.append(f"{folder}: {why}")
    # Models that were trained before folders were stored by their full path.
    if not os.path.isabs(name) and os.path.isdir(name):
        return find_base(os.path.abspath(name))
    if os.path.isabs(name) and not os.path.isdir(name):
        told = ["other bases"] if len(named) > len(unusable) else []
        told += [f"what can't be used ({', '.join(unusable)})"] if unusable else []
        problem = "is no folder any more" + (f", and {BASES} names {' and '.join(told)}" if told else "")
        raise InputError(f"base {name}", problem, f"Set {BASES} to the folder in which it lies now")
    return find_base(name)


@dataclass(frozen=True)
class Loaded:
    """A model in memory, ready to answer."""

    model: Any
    renderer: Renderer
    run: Settings
    device: Any
    fingerprint: str


def load_weights_of(stored: StoredFineTuned, device: str = "auto") -> Loaded:
    """Load base and adapters.

    Args:
        device: as in run files. Where the model was trained counts for nothing.

    Raises:
        InputError: the base can't be loaded, or the adapters don't fit it.
    """
    run, place = stored.run, stored.place
    name = base_name(run)
    chosen = chosen_device(device)
    tokenizer = load_tokenizer(place, name)
    renderer = Renderer(tokenizer, tokenizer.chat_template or "", name)
    model = with_adapters(load_weights(stored.base, name, run, chosen), run, 0)
    try:
        weights = load_file(place / ADAPTERS)
        due = peft.get_peft_model_state_dict(model)
        if {k: v.shape for k, v in weights.items()} != {k: v.shape for k, v in due.items()}:
            raise ValueError("they don't fit the base")
        peft.set_peft_model_state_dict(model, weights)
    except (SafetensorError, RuntimeError, ValueError, OSError) as fault:
        problem = f"can't be read as adapters ({str(fault).partition(chr(10))[0]})"
        raise InputError(str(place / ADAPTERS), problem, REMEDY) from None
    for weight in adapters(model).values():
        weight.data = weight.data.to(torch.float32)
    return Loaded(model.requires_grad_(False).eval(), renderer, run, chosen, stored.fingerprint)


def base_name(run: Settings) -> str:
    """The base as a run file names it."""
    return run.base if isinstance(run.base, str) else "a tiny base of its own"
