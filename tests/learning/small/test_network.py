"""The network sees what it should and nothing else, and with what it remembers it says the same as without."""

import numpy as np
import pytest

from parts import need_torch

need_torch()

import torch  # noqa: E402

from kokorochat.learning.small.network import Network, Past  # noqa: E402
from kokorochat.learning.small.shape import Shape  # noqa: E402
from kokorochat.learning.small.vocabulary import CLIENT, COUNSELOR, UNKNOWN, Talk  # noqa: E402
from kokorochat.learning.small.writing import Drawn, Reader  # noqa: E402

SHAPE = Shape(vocabulary=40, width=24, layers=2, heads=2, window=48, stages=16, ratings=10)
LONGEST = 10


@pytest.fixture(scope="module")
def network():
    network = Network(SHAPE)
    network.start(0)
    random = torch.Generator().manual_seed(1)
    # As drawn, its blocks add nothing yet.
    for weight in network.parameters():
        weight.data.normal_(0, 0.4, generator=random)
    return network.requires_grad_(False)


@pytest.fixture
def talk():
    random = np.random.default_rng(0)
    tokens = np.append(random.integers(3, 40, 20), COUNSELOR).astype(np.int32)
    return Talk(tokens, np.sort(random.integers(0, 9, 21)).astype(np.int32), np.zeros(21, dtype=bool))


def hidden(network, tokens, **more):
    some = torch.as_tensor(tokens)[None]
    return network(some, torch.zeros_like(some), torch.zeros_like(some), **more)[0]


def written_without_memory(network, talk, count, seed):
    """Greedy or drawn replies by reading everything anew for each token."""
    tokens, stages = talk.tokens.tolist(), talk.stages.tolist()
    said = []
    for _ in range(count):
        some = torch.tensor([[*tokens, *said]])
        stage = torch.tensor([[*stages, *[stages[-1]] * len(said)]])
        scores = network.scores(network(some, stage, torch.full_like(some, seed)))[0, -1]
        scores[[UNKNOWN, COUNSELOR]] = -torch.inf
        said.append(int(scores.argmax()))
        if said[-1] == CLIENT:
            return said[:-1]
    return said


def odds_without_memory(network, talk, reply, rating):
    some = torch.tensor([[*talk.tokens.tolist(), *reply]])
    stage = torch.tensor([[*talk.stages.tolist(), *[int(talk.stages[-1])] * len(reply)]])
    scores = network.scores(network(some, stage, torch.full_like(some, rating)))[0]
    scores[:, [UNKNOWN, COUNSELOR]] = -torch.inf
    odds = scores.log_softmax(dim=-1)[len(talk.tokens) - 1 :]
    return sum(float(row[token]) for row, token in zip(odds, [*reply, CLIENT], strict=True))


def test_what_comes_later_changes_nothing(network):
    one, other = hidden(network, [3, 4, 5, 6, 7]), hidden(network, [3, 4, 5, 9, 9])
    assert torch.allclose(one[:3], other[:3], atol=1e-6)
    assert not torch.allclose(one[3:], other[3:], atol=1e-2)


def test_talks_in_one_window_do_not_see_each_other(network):
    talk = torch.tensor([0, 0, 0, 1, 1])
    same = (talk[:, None] == talk[None, :]).tril()
    one, other = (hidden(network, [*first, 8, 9], mask=same) for first in ([3, 4, 5], [6, 7, 3]))
    assert torch.allclose(one[3:], other[3:], atol=1e-6)


def test_a_talk_read_piece_by_piece_is_the_talk_read_at_once(network):
    whole, past = hidden(network, range(3, 20)), Past()
    pieces = [hidden(network, piece, past=past) for piece in (range(3, 9), range(9, 10), range(10, 20))]
    assert past.length == 17
    assert torch.allclose(torch.cat(pieces), whole, atol=1e-5)


@pytest.mark.parametrize("rating", range(0, 10, 3))
def test_with_and_without_memory_it_writes_the_same_tokens(network, talk, rating):
    [drawn] = Reader(network, talk, rating, LONGEST).draw(1, 1e-9, 1.0, torch.Generator())
    assert list(drawn.tokens) == written_without_memory(network, talk, LONGEST, rating)


def test_replies_side_by_side_are_judged_as_each_alone(network, talk):
    reader = Reader(network, talk, 5, LONGEST)
    drawn = reader.draw(100, 1.0, 1.0, torch.Generator().manual_seed(2))
    replies = [*(one.tokens for one in drawn), (), (7,)]
    assert reader.judge(replies) == pytest.approx(
        [odds_without_memory(network, talk, reply, 5) for reply in replies], abs=1e-3
    )
    whole = [one for one in drawn if len(one.tokens) < LONGEST]
    assert whole
    assert reader.judge([one.tokens for one in whole]) == pytest.approx([one.odds for one in whole], abs=1e-3)


def test_an_answer_does_not_depend_on_what_was_asked_before(network, talk):
    reader = Reader(network, talk, 5, LONGEST)
    first = reader.draw(5, 1.0, 0.9, torch.Generator().manual_seed(3))
    reader.judge([(5, 6), (7,)])
    assert reader.draw(5, 1.0, 0.9, torch.Generator().manual_seed(3)) == first
    assert isinstance(first[0], Drawn)


def test_tokens_are_drawn_as_often_as_their_odds_say_and_only_likely_ones(network, talk):
    reader = Reader(network, talk, 5, 1)
    many = reader.draw(4000, 1.0, 1.0, torch.Generator().manual_seed(4))
    share = {token: sum(one.tokens == (token,) for one in many) / len(many) for token in range(3, 40)}
    for one in many[:50]:
        if one.tokens:
            assert share[one.tokens[0]] == pytest.approx(np.exp(one.odds), abs=0.03)
    few = reader.draw(500, 1.0, 0.5, torch.Generator().manual_seed(4))
    assert len({one.tokens for one in few}) < len({one.tokens for one in many})
    assert not any({UNKNOWN, CLIENT, COUNSELOR} & set(one.tokens) for one in many)


def test_of_a_long_talk_the_end_is_read(network, talk):
    long = Talk(np.tile(talk.tokens, 9), np.tile(talk.stages, 9), np.tile(talk.due, 9))
    reader = Reader(network, long, 5, LONGEST)
    kept = SHAPE.window - LONGEST
    again = Reader(network, Talk(long.tokens[-kept:], long.stages[-kept:], long.due[-kept:]), 5, LONGEST)
    assert reader.judge([(5, 6)]) == again.judge([(5, 6)])
