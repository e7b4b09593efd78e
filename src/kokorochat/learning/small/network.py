"""The network: a decoder-only transformer that gives, for each place of a talk, the odds of the token that follows.

Plain choices of today: RMS norm before each part, rotary positions (Su et al. 2021), normalised queries and keys
(Henry et al. 2020), squared ReLU (So et al. 2021), one matrix for reading and writing tokens. What is known of a place
besides its token, how far on the talk is and how its client rated it, is added to the token's vector.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from kokorochat.learning.small.shape import Shape

ROTATION_BASE = 10_000.0


@dataclass
class Past:
    """The keys and values of what was read before, so that it need not be read again.

    Attributes:
        layers: (keys, values) of each layer, each of shape (batch, heads, places, width of a head); none at first.
    """

    layers: list[tuple[Tensor, Tensor]] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Places that were read."""
        return self.layers[0][0].shape[2] if self.layers else 0


class _Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.attention_in = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.attention_out = nn.Linear(shape.width, shape.width, bias=False)
        self.wide_in = nn.Linear(shape.width, 4 * shape.width, bias=False)
        self.wide_out = nn.Linear(4 * shape.width, shape.width, bias=False)

    def forward(
        self, x: Tensor, turn: tuple[Tensor, Tensor], mask: Tensor | None, before: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        batch, places, width = x.shape
        wanted, keys, values = (
            part.view(batch, places, self.heads, width // self.heads).transpose(1, 2)
            for part in self.attention_in(_norm(x)).split(width, dim=2)
        )
        wanted, keys = _rotated(_norm(wanted), turn), _rotated(_norm(keys), turn)
        if before is not None:
            keys, values = torch.cat([before[0], keys], dim=2), torch.cat([before[1], values], dim=2)
        seen = functional.scaled_dot_product_attention(wanted, keys, values, attn_mask=mask, is_causal=mask is None)
        x = x + self.attention_out(seen.transpose(1, 2).reshape(batch, places, width))
        x = x + self.wide_out(functional.relu(self.wide_in(_norm(x))).square())
        return x, (keys, values)


class Network(nn.Module):
    """Tokens in, hidden states or odds of the next tokens out."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.tokens = nn.Embedding(shape.vocabulary, shape.width)
        self.stages = nn.Embedding(shape.stages, shape.width)
        self.ratings = nn.Embedding(shape.ratings, shape.width)
        self.blocks = nn.ModuleList(_Block(shape) for _ in range(shape.layers))

    def start(self, seed: int) -> None:
        """Draw the weights; what a block adds is nothing at first."""
        random = torch.Generator().manual_seed(seed)
        for name, weight in self.named_parameters():
            if name.endswith("_out.weight") or name.startswith(("stages", "ratings")):
                nn.init.zeros_(weight)
            else:
                nn.init.normal_(
                    weight, std=0.02 if name.startswith("tokens") else weight.shape[1] ** -0.5, generator=random
                )

    def forward(
        self,
        tokens: Tensor,
        stages: Tensor,
        ratings: Tensor,
        *,
        mask: Tensor | None = None,
        positions: Tensor | None = None,
        past: Past | None = None,
    ) -> Tensor:
        """The hidden state at each place, shape (batch, places, width).

        Args:
            tokens: shape (batch, places).
            stages: of the same shape, see `vocabulary.stage_of`.
            ratings: of the same shape, see `vocabulary.rating_level`.
            mask: which places (of the past, then of these) each place sees, true for yes, of a shape that broadcasts to
                (batch, heads, places, past and places). None: all before it, and itself.
            positions: of the places in their talk, shape (places,); None if they follow the past one by one.
            past: what was read before; it grows by these places.
        """
        read = past.length if past else 0
        places = tokens.shape[1]
        if positions is None:
            positions = torch.arange(read, read + places)
        if mask is None and read:
            mask = torch.ones(places, read + places, dtype=torch.bool).tril(read)
        turn = _turns(positions, self.shape.width // self.shape.heads)
        x = _norm(self.tokens(tokens) + self.stages(stages) + self.ratings(ratings))
        grown = []
        for number, block in enumerate(self.blocks):
            x, layer = block(x, turn, mask, past.layers[number] if past and past.layers else None)
            grown.append(layer)
        if past is not None:
            past.layers = grown
        return _norm(x)

    def scores(self, hidden: Tensor) -> Tensor:
        """The logit of each token after a hidden state, shape (..., vocabulary)."""
        return functional.linear(hidden, self.tokens.weight)


def _norm(x: Tensor) -> Tensor:
    return functional.rms_norm(x, (x.shape[-1],))


def _turns(positions: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine of the angles by which each pair of a head's numbers is turned, shape (places, width / 2)."""
    speeds = ROTATION_BASE ** (-torch.arange(0, width, 2, dtype=torch.float32) / width)
    angles = positions[:, None].float() * speeds
    return angles.cos(), angles.sin()


def _rotated(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    cosine, sine = turn
    one, other = x.chunk(2, dim=-1)
    return torch.cat([one * cosine - other * sine, one * sine + other * cosine], dim=-1)
