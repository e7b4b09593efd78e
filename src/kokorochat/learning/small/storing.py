"""A small language model on disk: weights as safetensors, tokens as the package tokenizers has them, and a description.

No pickle, so that to load a stranger's model runs no code of theirs.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from safetensors import SafetensorError
from safetensors.torch import load, save
from tokenizers import Tokenizer

from kokorochat.corpus.writing import write_file
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted
from kokorochat.learning.response_config import SmallRun
from kokorochat.learning.small.network import Network
from kokorochat.learning.small.shape import Shape
from kokorochat.learning.small.vocabulary import Vocabulary
from kokorochat.learning.stored import DESCRIPTION, REMEDY, Description, decode_description, find_description
from kokorochat.tasks.lines import digest, file_bytes

FORMAT, FORMAT_VERSION = "kokorochat-small", 1
WEIGHTS, TOKENS = "weights.safetensors", "tokens.json"


class SmallDescription(Description, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands beside the weights; `arrays_digest` is that of the weights.

    Attributes:
        run: the settings under which the model was trained and answers.
        tokens_digest: SHA-256 of the file of tokens.
    """

    run: SmallRun
    shape: Shape
    tokens_digest: str = ""


@dataclass(frozen=True)
class StoredSmall:
    """A model as read.

    Attributes:
        fingerprint: SHA-256 of the description, and by its digests of the other files.
    """

    told: SmallDescription
    network: Network
    vocabulary: Vocabulary
    fingerprint: str


def save_small(folder: Path, run: SmallRun, network: Network, vocabulary: Vocabulary) -> None:
    """Write a model's three files, the description last."""
    weights = save({name: weight.detach().contiguous() for name, weight in network.named_parameters()})
    tokens = vocabulary.json()
    write_file(folder / WEIGHTS, weights)
    write_file(folder / TOKENS, tokens)
    description = SmallDescription(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        arrays_digest=digest(weights),
        run=run,
        shape=network.shape,
        tokens_digest=digest(tokens),
    )
    write_file(folder / DESCRIPTION, msgspec.json.encode(description))


def read_small(folder: Path) -> StoredSmall:
    """Read a model from the folder of a training run, or from `model/` in it.

    Raises:
        InputError: no model of this kind is there, or it is damaged; the message names the file.
    """
    file = find_description(folder, "a small language model")
    place = file.parent
    written = file_bytes(file)
    told = decode_description(written, SmallDescription, file)
    if (told.format, told.format_version) != (FORMAT, FORMAT_VERSION):
        raise InputError(str(file), "is not what this version of kokorochat reads", REMEDY)
    weights = _whole(place / WEIGHTS, told.arrays_digest)
    vocabulary = vocabulary_of(_whole(place / TOKENS, told.tokens_digest), place / TOKENS)
    if told.shape.width % (2 * told.shape.heads):
        raise InputError(f"{file}, shape", "its width is no multiple of twice its heads", REMEDY)
    network = Network(told.shape)
    try:
        network.load_state_dict(load(weights))
    except (SafetensorError, RuntimeError, ValueError) as fault:
        raise InputError(str(place / WEIGHTS), f"can't be read as weights ({_first_line(fault)})", REMEDY) from None
    if not all(bool(weight.isfinite().all()) for weight in network.parameters()):
        raise InputError(str(place / WEIGHTS), "holds what is no finite number", REMEDY)
    if len(vocabulary) != told.shape.vocabulary:
        problem = f"has {counted(len(vocabulary), 'token')}, the network {told.shape.vocabulary:,}"
        raise InputError(str(place / TOKENS), problem, REMEDY)
    return StoredSmall(told, network.requires_grad_(False), vocabulary, digest(written))


def vocabulary_of(data: bytes, file: Path) -> Vocabulary:
    """The tokens from their stored form.

    Raises:
        InputError: it is none; the message names the file.
    """
    try:
        return Vocabulary(Tokenizer.from_str(data.decode()))
    # The package raises nothing narrower.
    except Exception as fault:
        raise InputError(str(file), f"can't be read as tokens ({_first_line(fault)})", REMEDY) from None


def _whole(file: Path, due: str) -> bytes:
    data = file_bytes(file)
    if digest(data) != due:
        raise InputError(str(file), f"is damaged, or not the one that {DESCRIPTION} belongs to", REMEDY)
    return data


def _first_line(fault: Any) -> str:
    return str(fault).partition("\n")[0]
