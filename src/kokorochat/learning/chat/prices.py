"""What tokens cost, from a table of the user's: no price is known here."""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from kokorochat.corpus.faults import field_fault
from kokorochat.domain.errors import InputError
from kokorochat.llm.chat import Tokens
from kokorochat.tasks.lines import file_bytes

_Amount = Annotated[float, msgspec.Meta(ge=0)]

_MILLION = 1_000_000


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"prompt": "in", "completion": "out"}):
    """What a million tokens of one model cost.

    Attributes:
        prompt: `in` in the file: those that are read.
        completion: `out` in the file: those that are written.
        cached: those read that the endpoint had kept; None where they cost as much as others.
    """

    prompt: _Amount
    completion: _Amount
    cached: _Amount | None = None

    def cost(self, tokens: Tokens) -> float:
        """Of tokens, in the table's currency."""
        cached = self.prompt if self.cached is None else self.cached
        fresh = tokens.prompt - tokens.cached
        return (fresh * self.prompt + tokens.cached * cached + tokens.completion * self.completion) / _MILLION


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file.

    Attributes:
        models: by the names under which the endpoint knows them.
    """

    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    models: dict[str, Price]


@dataclass(frozen=True, slots=True)
class Tariff:
    """The price of the model that is asked."""

    price: Price
    currency: str


def load_tariff(path: Path, model: str) -> Tariff:
    """One model's price from a file.

    Args:
        model: as named on the command line, such as `openai:gpt-4o`.

    Raises:
        InputError: the file can't be read as TOML, a key is unknown, missing or of the wrong type, or it gives no price
            for the model.
    """
    remedy = "Compare it with docs/endpoints.md"
    try:
        prices = msgspec.convert(tomllib.loads(file_bytes(path).decode()), Prices)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(str(path), f"not readable as TOML in UTF-8 ({fault})", remedy) from None
    except msgspec.ValidationError as fault:
        key, problem = field_fault(fault)
        raise InputError(f"{path}, {key}" if key else str(path), problem, remedy) from None
    name = model.partition(":")[2]
    price = prices.models.get(name)
    if price is None:
        problem = f"gives no price for {name!r}"
        raise InputError(str(path), problem, f'Add [models."{name}"] with `in` and `out`, per million tokens')
    if not all(math.isfinite(value) for value in (price.prompt, price.completion, price.cached or 0)):
        raise InputError(f"{path}, {name}", "a price must be a number", remedy)
    return Tariff(price, prices.currency)
