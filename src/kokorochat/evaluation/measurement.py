"""A number's signature: what must be equal before two numbers may be compared."""

from collections.abc import Mapping

from kokorochat.tasks.sample import SampleHeader


def signature(metric: str, facts: Mapping[str, object]) -> str:
    """One line such as `score:acc|n=658|part=test|split=8:1:1 random|seed=0|version=0.1.0`.

    Args:
        metric: the metric's name and variant.
        facts: what else the number depends on, in the order to be shown; "-" stands for None.
    """
    return "|".join([metric, *(f"{name}={'-' if value is None else value}" for name, value in facts.items())])


def fact(signature: str, name: str) -> str | None:
    """What a signature says of one of the facts; None where it says nothing of it."""
    told = dict(piece.partition("=")[::2] for piece in signature.split("|")[1:])
    return told.get(name)


def conditions(
    samples: SampleHeader,
    decoding: str,
    knows: str | None = None,
    learnt: int | str | None = None,
    learnt_group: str | None = None,
) -> dict[str, object]:
    """What a number on these samples depends on, besides the metric and n: for `signature`.

    Args:
        knows: what the model was told besides the samples: with it the task is another one.
        learnt: of how many of their dialogues it has learnt, or "unknown": said only where it isn't none.
        learnt_group: what its own split keeps apart, said only where that is less than the samples' split does.
    """
    return {
        "part": samples.part,
        "split": samples.split,
        "seed": samples.seed,
        "test_seed": samples.test_seed,
        **({"corpus": samples.corpus} if samples.corpus else {}),
        "out_of_role": samples.out_of_role,
        **({"joiner": samples.joiner} if samples.joiner else {}),
        **({"language": samples.language} if samples.language else {}),
        **({"role": samples.role} if samples.role else {}),
        "decoding": decoding,
        **({"knows": knows} if knows else {}),
        **({"learnt": learnt} if learnt else {}),
        **({"learnt_group": learnt_group} if learnt_group else {}),
        "version": samples.version,
    }
