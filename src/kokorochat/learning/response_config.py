"""The settings of response generation: what its run files hold."""

from typing import Annotated, Literal

import msgspec

from kokorochat.corpus.splits.grouping import Group
from kokorochat.learning.bounds import Positive, Seed, Strength, Weight
from kokorochat.tasks.response import Joiner


class ResponseRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all runs of response generation have."""

    task: Literal["response"]
    """The task that is learnt."""

    model: str
    """The kind of model: the prefix of MODEL on the command line."""

    corpus: str | None = None
    """The corpus folder, from the run file's own folder; `--corpus` goes before it."""

    seed: Seed = 0
    """Draws train and validation, and what is drawn in training; `--seed` goes before it."""

    group: Group = "duplicates"
    """What no two parts shall share; `--group` goes before it. So no case of the test part is learnt."""

    joiner: Joiner = "newline"
    """What stands between merged utterances of a reply."""

    keep_out_of_role: bool = True
    """Leave bracketed talk in histories and replies, as in the paper's counts."""

    tokenizer: str = "mecab-ipadic"
    """What takes texts apart; one of `evaluation.words.TOKENIZERS`."""

    session_turns: Annotated[int, msgspec.Meta(ge=0, le=200)] = 4
    """One's own last turns of the session itself that are put among the replies that are weighed."""

    session_weight: Weight = 0.4
    """The weight of these together; that of all others is 1."""

    words: Weight = 0.4
    """How much the F of single words counts in what a reply is worth."""

    pairs: Weight = 0.3
    """The same of pairs of words."""

    subsequence: Weight = 0.3
    """The same of the longest common subsequence."""

    validation_dialogues: Positive = 40
    """Dialogues of the validation part that are answered and measured after training, the best rated first."""


class SearchingRun(ResponseRun, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all runs with an index have."""

    part: Literal["low", "high", "full", "all"] = "full"
    """Whose training part is learnt: the paper's Kokoro-Low, -High or -Full; or all sessions of the corpus, rated or
    not, for a partner to practise with: then nothing is left to be measured on. `--part` goes before it."""

    role: Literal["counselor", "client"] = "counselor"
    """Whose turns are said; in the paper the counselor's."""

    fewest: Positive = 3
    """Places in which a word or pair of words must stand to be looked for."""

    last_partner: Weight = 1.0
    """How much the similarity of the partner's last turn counts in the search; to a counselor that is the client's."""

    previous_own: Weight = 0.5
    """The same of one's own turn before it."""

    history: Weight = 0.3
    """The same of all that the client has said with all that the other session's client says, whoever answers: it is
    the client who tells the matter."""

    half_life: Annotated[float, msgspec.Meta(gt=0, le=1e6)] = 6.0
    """Client turns after which a turn of the history counts half."""

    position: Weight = 0.15
    """How much is taken off for each unit between the logarithms of the numbers of turns before."""

    topic: Weight = 0.0
    """How much is added if the other session has the topic that was agreed for this one."""

    rating: Weight = 0.0
    """How much is added for each point of the score of the other session: what a well rated counselor says is taken."""

    neighbours: Annotated[int, msgspec.Meta(ge=1, le=2000)] = 100
    """Replies that are weighed against each other."""

    temperature: Annotated[float, msgspec.Meta(gt=0, le=1e6)] = 0.3
    """A neighbour that is less similar by this has 1/e of the weight."""

    finalists: Positive = 48
    """Replies for which the longest common subsequence is looked at."""

    length: Annotated[float, msgspec.Meta(ge=-2, le=2)] = 0.0
    """The power of a reply's number of words by which its worth is multiplied: above 0 favours long ones."""

    frequency_penalty: Weight = 0.0
    """Taken off for each unit of the logarithm of how often a reply stands in the training part: more diverse."""


class RetrievalRun(SearchingRun, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of one run of response generation by retrieval."""

    model: Literal["retrieval"]


class CombinedRun(SearchingRun, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of one run of response generation by retrieval and a network that foresees the reply's words."""

    model: Literal["combined"]

    foresight: Weight = 2.0
    """How much what the network says of a reply counts; what the neighbours say of it counts 1."""

    commonness: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.6
    """How much of what a word is worth anywhere is taken off: above 0 favours what this talk asks for."""

    drawn_weight: Weight = 1.0
    """How much the replies that a small language model draws count together, if one is named beside it; all places
    together count 1."""

    read_words: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 8000
    """Words that the network reads, the most frequent."""

    foreseen_words: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 3500
    """Words of a reply that it foresees."""

    foreseen_pairs: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 4500
    """Pairs of neighbouring words of a reply that it foresees."""

    width: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 128
    """Numbers of a word's vector."""

    hidden: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 320
    """Numbers of a hidden state."""

    dropout: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.1
    """Share of a hidden state that is left out in training."""

    rounds: Positive = 3
    """Times that each turn of the training part is shown."""

    batch: Positive = 256
    """Turns of a step."""

    rate: Strength = 0.002
    """Of AdamW; it falls to nothing."""


class SmallRun(ResponseRun, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of one run of response generation with a small language model, trained from scratch."""

    model: Literal["small"]

    part: Literal["low", "high", "full"] = "full"
    """Whose training part is learnt: the paper's Kokoro-Low, -High or -Full. `--part` goes before it."""

    vocabulary: Annotated[int, msgspec.Meta(ge=4, le=65_536)] = 6144
    """Tokens that are learnt."""

    vocabulary_dialogues: Positive = 2000
    """Dialogues of the training part that the tokens are learnt from; the first ones."""

    width: Annotated[int, msgspec.Meta(ge=2, le=1024)] = 192
    """Numbers of a hidden state; a multiple of twice the heads."""

    layers: Annotated[int, msgspec.Meta(ge=1, le=24)] = 4
    """Blocks of attention and multiplication."""

    heads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 3
    """Of attention."""

    window: Annotated[int, msgspec.Meta(ge=8, le=4096)] = 512
    """Tokens that are seen at once."""

    windows: Positive = 8
    """Windows of a step."""

    steps: Positive = 1600
    """Steps of training."""

    warmup: Positive = 50
    """Steps over which the rates rise."""

    decay: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    """The last share of the steps, over which the rates fall to nothing."""

    rate: Strength = 0.02
    """Of Muon, which changes the matrices inside the blocks."""

    vector_rate: Strength = 0.003
    """Of AdamW, which changes the vectors of tokens, stages and ratings."""

    validate_every: Positive = 100
    """Steps after which the loss on the validation part is taken."""

    validation_batches: Positive = 16
    """Batches of the validation part on which it is taken."""

    longest: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 64
    """Tokens of a reply; what is left of the window is for the history."""

    asked_rating: Annotated[int, msgspec.Meta(ge=0, le=100)] = 95
    """The client's rating of the session for which replies are asked: what well rated counselors say."""

    drawn: Annotated[int, msgspec.Meta(ge=1, le=256)] = 24
    """Replies that are drawn."""

    temperature: Annotated[float, msgspec.Meta(gt=0, le=100)] = 0.8
    """Below 1, likely tokens are drawn more often than the odds say."""

    top_p: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.95
    """Tokens are drawn from the fewest that have this probability together."""
