"""Nothing is cut silently: a plan says what is read and what is left out, and every talk is read once in an epoch."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import a_dialogue
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted
from kokorochat.learning.finetuned.settings import ResponseFineTuning, TinyBase
from kokorochat.learning.finetuned.talks import response_talk, score_talk
from parts import need_qlora

need_qlora()

from kokorochat.learning.finetuned.batches import batch_of, steps_of_epoch  # noqa: E402
from kokorochat.learning.finetuned.plan import made_plan, rendered_part  # noqa: E402
from kokorochat.learning.finetuned.rendering import Renderer  # noqa: E402
from kokorochat.learning.finetuned.tiny import tiny_tokenizer  # noqa: E402

RUN = ResponseFineTuning(
    task="response", model="finetuned", base=TinyBase(), rate=1e-3, batch=2, epochs=1.5, validate_every=0, longest=8192
)
SHORT = response_talk(
    a_dialogue("ようこそ。", "眠れません。", "いつからですか。", "春からです。", "そうですか。", id="short")
)
LONG = response_talk(a_dialogue(*(f"{number}番目の話です。" for number in range(40)), id="long"))


@pytest.fixture(scope="module")
def renderer():
    tokenizer = tiny_tokenizer((m.content for talk in (SHORT, LONG) for m in talk.messages), 400)
    return Renderer(tokenizer, tokenizer.chat_template, "tiny")


def test_a_dialogue_that_is_too_long_ends_the_run_before_it_begins(renderer):
    longest = len(renderer.render(LONG).tokens)
    run = msgspec.structs.replace(RUN, longest=longest - 1)
    with pytest.raises(InputError, match=f"more than {longest - 1:,} tokens in 1 dialogue, in the longest {longest:,}"):
        rendered_part([SHORT, LONG], renderer, run, "training part")
    assert rendered_part([SHORT, LONG], renderer, RUN, "training part").too_long == 0


@pytest.mark.parametrize("more", [5, 50, 150])
def test_as_few_of_the_oldest_turns_as_must_go_are_left_out_and_counted(renderer, more):
    whole, room = renderer.render(LONG), len(renderer.render(SHORT).tokens) + more
    run = msgspec.structs.replace(RUN, longest=room, too_long="drop-oldest")
    part = rendered_part([SHORT, LONG], renderer, run, "training part")
    short, long = part.talks
    assert short.tokens.tolist() == renderer.render(SHORT).tokens.tolist()
    assert room - 16 < len(long.tokens) <= room
    assert long.tokens[-40:].tolist() == whole.tokens[-40:].tolist()
    assert (part.too_long, part.longest) == (1, len(whole.tokens))
    assert part.tokens_left_out == len(whole.tokens) - len(long.tokens)
    assert part.replies_left_out == len(whole.replies) - len(long.replies)
    assert part.turns_left_out in (2 * part.replies_left_out, 2 * part.replies_left_out + 1)
    [told] = [line for line in made_plan(part, part, run, 0).lines(run) if "training part" in line]
    turns, tokens = counted(part.turns_left_out, "turn"), counted(part.tokens_left_out, "token")
    assert f"{turns}, {tokens}, {counted(part.replies_left_out, 'reply', 'replies')}" in told


def test_of_a_transcript_that_is_too_long_lines_are_left_out(renderer):
    talk = score_talk(a_dialogue(*(f"{number}番目の話です。" for number in range(40))))
    whole = renderer.render(talk)
    run = msgspec.structs.replace(RUN, longest=len(whole.tokens) - 50, too_long="drop-oldest")
    part = rendered_part([talk], renderer, run, "training part")
    assert 0 < part.turns_left_out < 40
    assert part.replies_left_out == 0


def test_a_dialogue_whose_last_turn_alone_is_too_long_is_named(renderer):
    run = msgspec.structs.replace(RUN, longest=64, too_long="drop-oldest")
    with pytest.raises(InputError, match="even without") as fault:
        rendered_part([response_talk(a_dialogue("あ", "い", "う" * 300, id="9"))], renderer, run, "training part")
    assert fault.value.place == "dialogue 9"


def test_a_part_in_which_nobody_replies_is_refused(renderer):
    with pytest.raises(InputError, match="no dialogue holds a reply"):
        rendered_part([response_talk(a_dialogue("ようこそ。"))], renderer, RUN, "validation part")


def test_the_plan_counts_what_each_way_of_reading_reads(renderer):
    part = rendered_part([SHORT, LONG, SHORT], renderer, RUN, "training part")
    once = made_plan(part, part, RUN, 0)
    assert (len(once.items), once.epoch_steps, once.steps) == (3, 2, 3)
    run = msgspec.structs.replace(RUN, loss="response")
    again = made_plan(part, part, run, 0)
    assert len(again.items) == part.replies == 2 + 19 + 2
    assert again.told(run)["tokens_read_in_an_epoch"] > 5 * once.told(RUN)["tokens_read_in_an_epoch"]
    assert again.epoch_steps == 12
    assert made_plan(part, part, msgspec.structs.replace(RUN, most_steps=2), 0).steps == 2
    assert "warm-up takes all" in "\n".join(once.lines(RUN))


lengths = st.lists(st.integers(1, 5000), min_size=1, max_size=300)


@given(lengths, st.integers(1, 9), st.integers(1, 4), st.booleans(), st.integers(0, 5), st.integers(0, 3))
def test_an_epoch_reads_everything_once(lengths, batch, at_once, buckets, seed, epoch):
    steps = steps_of_epoch(lengths, batch, at_once, buckets, seed, epoch)
    assert sorted(number for step in steps for some in step for number in some) == [*range(len(lengths))]
    assert all(len(some) <= at_once for step in steps for some in step)
    assert all(sum(map(len, step)) <= batch for step in steps)
    assert len(steps) == -(-len(lengths) // batch)
    assert steps == steps_of_epoch(lengths, batch, at_once, buckets, seed, epoch)


def test_epochs_and_seeds_have_orders_of_their_own_and_buckets_save_padding():
    lengths = np.random.default_rng(0).integers(100, 5000, 400).tolist()

    def padded(steps):
        return sum(len(some) * max(lengths[number] for number in some) for step in steps for some in step)

    mixed = steps_of_epoch(lengths, 8, 8, False, 0, 0)
    sorted_ = steps_of_epoch(lengths, 8, 8, True, 0, 0)
    assert padded(sorted_) < 1.05 * sum(lengths) < 0.8 * padded(mixed)
    assert sorted_ != steps_of_epoch(lengths, 8, 8, True, 0, 1)
    assert sorted_ != steps_of_epoch(lengths, 8, 8, True, 1, 0)
    longest = [max(lengths[number] for some in step for number in some) for step in sorted_]
    assert longest != sorted(longest, reverse=True)


def test_a_batch_knows_whose_each_token_is(renderer):
    talks = [renderer.render(SHORT), renderer.render(LONG)]
    batch = batch_of(talks)
    assert batch.replies == 2 + 19
    for row, talk in enumerate(talks):
        assert batch.tokens[row][batch.there[row]].tolist() == talk.tokens.tolist()
        due = batch.places[batch.rows == row]
        assert due.tolist() == np.flatnonzero(talk.due()).tolist()
    for owner, reply in enumerate(reply for talk in talks for reply in talk.replies):
        assert (batch.owners == owner).sum() == reply.end - reply.start
