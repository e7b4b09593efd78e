"""From MODEL on the command line to something that answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.errors import InputError
from kokorochat.evaluation.answers import Prediction
from kokorochat.evaluation.responses import Said
from kokorochat.learning.explanation import Explanation
from kokorochat.llm.models import CHAT_MODELS
from kokorochat.tasks.sample import Sample, SampleHeader


class Model(Protocol):
    """Whatever answers samples of one task."""

    @property
    def name(self) -> str:
        """As named on the command line."""

    @property
    def fingerprint(self) -> str:
        """Of the model's content: another after another training."""

    @property
    def decoding(self) -> str:
        """The rule from the model's output to whole numbers or to words."""

    @property
    def knows(self) -> str | None:
        """What it is told besides the samples, such as "rater": with it the task is another one."""


class Estimator(Protocol):
    """Whatever guesses how a session was rated."""

    def predict_dialogue(self, dialogue: Dialogue) -> dict[str, int]:
        """The twenty items of one dialogue as {key: 0…5}."""


class ScoreModel(Model, Estimator, Protocol):
    """Whatever predicts the twenty items of a dialogue."""

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """One prediction for each sample, in order."""


@runtime_checkable
class ExplainingModel(ScoreModel, Protocol):
    """A score model that can say why."""

    def explain(self, dialogue: Dialogue) -> Explanation:
        """The utterances that raise or lower each item, for the end of a session: within a second."""


@runtime_checkable
class ResponseModel(Model, Protocol):
    """Whatever says what may be said next."""

    def respond(self, samples: Sequence[Sample]) -> list[str]:
        """One text for each sample, in order; empty if it has nothing to say."""


@runtime_checkable
class FailingModel(ResponseModel, Protocol):
    """A response model that knows where it has failed."""

    def said(self, samples: Sequence[Sample]) -> list[Said]:
        """As `respond`, with what went wrong."""


def said_by(model: ResponseModel, samples: Sequence[Sample]) -> list[Said]:
    """What a model says to some samples, with what it knows of its failures."""
    if isinstance(model, FailingModel):
        return model.said(samples)
    return [Said(text) for text in model.respond(samples)]


class Partner(Protocol):
    """Whatever somebody can practise with."""

    @property
    def role(self) -> Role:
        """Whose turns it says."""

    def converse(self, dialogue: Dialogue) -> str:
        """Its next turn in a running talk, one line for each message. It repeats nothing; empty if it has no more."""


@runtime_checkable
class PartnerModel(ResponseModel, Partner, Protocol):
    """A response model that somebody can practise with."""


Readout = Literal["text", "digits"]
"""How the scores of a language model are read: from the JSON that it writes, or from how it weighs the digits where
that form is written for it; then there are probabilities."""

SCORE_MODELS = ("ordinal:DIR", "finetuned:DIR")
"""The forms that MODEL may take for the score task, baselines apart."""


def load_score_model(spec: str, readout: Readout | None = None) -> ScoreModel:
    """The model that a specification such as `ordinal:out/score` names.

    Args:
        readout: of a language model, which others are not; None for its text.

    Raises:
        InputError: no such kind of model, or its folder holds none that can be used.
    """
    kind, _, where = spec.partition(":")
    if kind == "ordinal" and where:
        # numpy and scipy take a moment to import, and a wrong name should be told at once.
        from kokorochat.learning.ordinal.storing import load_ordinal

        return load_ordinal(Path(where))
    if kind == "finetuned" and where:
        from kokorochat.learning.finetuned.answers import load_predictor

        return load_predictor(Path(where), readout or "text")
    raise InputError(f"model {spec!r}", "is no score model", f"Name one of: {', '.join(SCORE_MODELS)}")


def _told_raters(model: ScoreModel, header: SampleHeader, corpus: str | None) -> ScoreModel:
    """The model, and if it knows raters, told who rates the samples: these name nobody, the corpus does."""
    from kokorochat.learning.ordinal.model import OrdinalModel

    if not isinstance(model, OrdinalModel) or not model.knows:
        return model
    from kokorochat.learning.baselines.background import read_background

    asked = read_background(model.name, header, corpus).asked
    return model.with_raters({id: dialogue.client for id, dialogue in asked.items()})


RESPONSE_MODELS = ("retrieval:DIR", "small:DIR", "combined:DIR", "combined:DIR+small:DIR", "finetuned:DIR")
"""The same for the response task."""


def load_response_model(spec: str) -> ResponseModel:
    """The model that a specification such as `retrieval:out/response` names.

    Raises:
        InputError: no such kind of model, or its folder holds none that can be used.
    """
    kind, _, where = spec.partition(":")
    if kind == "retrieval" and where:
        from kokorochat.learning.retrieval.responder import load_retrieval

        return load_retrieval(Path(where))
    if kind == "small" and where:
        # torch takes seconds to import, and is no part of an installation that does without it.
        from kokorochat.learning.small.responder import load_small

        return load_small(Path(where))
    if kind == "combined" and where:
        from kokorochat.learning.combined.responder import load_combined

        folder, named, small = where.partition("+small:")
        if not folder or (named and not small):
            raise InputError(f"model {spec!r}", "names a folder without a name", "Write combined:DIR+small:DIR")
        return load_combined(Path(folder), Path(small) if small else None)
    if kind == "finetuned" and where:
        from kokorochat.learning.finetuned.answers import load_responder

        return load_responder(Path(where))
    raise InputError(f"model {spec!r}", "is no response model", f"Name one of: {', '.join(RESPONSE_MODELS)}")


def is_elsewhere(spec: str) -> bool:
    """Whether a specification names a model at an endpoint, `openai:NAME@URL`: one that is waited for."""
    return spec.startswith("openai:")


def is_writing(spec: str) -> bool:
    """Whether a specification names a language model in this process: what it says is made up, and may take seconds."""
    return spec.startswith("finetuned:") or "+small:" in spec


def load_estimator(spec: str) -> Estimator:
    """The model that a specification names, to estimate how sessions were rated: a score model, or an endpoint's.

    Raises:
        InputError: as `load_score_model`, or the model is told who rates; or the endpoint can't be one. It is not asked
            yet.
    """
    if is_elsewhere(spec):
        from kokorochat.learning.chat.endpoint import EndpointEstimator

        return EndpointEstimator(spec)
    model = load_score_model(spec)
    if model.knows:
        # Ids are numbers on every platform, so that a person would get the habits of a stranger with the same one.
        problem = f"is told the {model.knows}, and the people here are others than those whom it learnt from"
        raise InputError(f"model {spec!r}", problem, "Name one that was trained without knows_rater")
    return model


def load_partner(spec: str, role: Role) -> Partner:
    """The model that a specification names, to practise with: a response model, or an endpoint's.

    Raises:
        InputError: as `load_response_model`, or it can't lead a talk, or answers for the other role; or the endpoint
            can't be one. It is not asked yet.
    """
    if is_elsewhere(spec):
        from kokorochat.learning.chat.endpoint import EndpointPartner

        return EndpointPartner(spec, role)
    model = load_response_model(spec)
    if not isinstance(model, PartnerModel):
        raise InputError(f"model {spec!r}", "is nobody to practise with", f"Name one of: {', '.join(RESPONSE_MODELS)}")
    check_role(model, role, f"a {role.value} is to be practised with")
    return model


def check_role(model: PartnerModel, role: Role, asked: str) -> None:
    """See that a model answers for a role.

    Args:
        asked: who is asked for, in words.

    Raises:
        InputError: it answers for the other one.
    """
    if model.role is not role:
        problem = f"says what a {model.role.value} says, and {asked}"
        raise InputError(model.name, problem, f'Name one that was trained with role = "{role.value}"')


def folders_of(spec: str) -> list[Path]:
    """The folders that a specification such as `combined:DIR+small:DIR` names; none for a baseline or a chat model."""
    kind, _, where = spec.partition(":")
    if f"{kind}:DIR" not in (*SCORE_MODELS, *RESPONSE_MODELS):
        return []
    folder, _, small = where.partition("+small:") if kind == "combined" else (where, "", "")
    return [Path(one) for one in (folder, small) if one]


def load_model(
    spec: str, header: SampleHeader, corpus: str | None = None, readout: Readout | None = None
) -> ScoreModel | ResponseModel:
    """The model that a specification names, for the task of a file of samples.

    Args:
        header: of that file.
        corpus: what the samples were made of, for a baseline that is fitted on its training part.
        readout: how the scores of a language model are read; None for another model, or for its text.

    Raises:
        InputError: no such model for the task, or it can't be loaded or fitted, or isn't read in such a way.
    """
    from kokorochat.learning.baselines import BASELINES, load_baseline

    if readout is not None and not (header.task == "score" and spec.startswith("finetuned:")):
        problem = f"is for scores of finetuned:DIR, not for the {header.task} task of {spec}"
        raise InputError("--readout", problem, "Leave it out")

    known = BASELINES.get(header.task, ())
    if spec in known:
        return load_baseline(spec, header, corpus)
    if header.task == "score" and f"{spec.partition(':')[0]}:DIR" in SCORE_MODELS:
        return _told_raters(load_score_model(spec, readout), header, corpus)
    if header.task == "response" and f"{spec.partition(':')[0]}:DIR" in RESPONSE_MODELS:
        model = load_response_model(spec)
        if isinstance(model, PartnerModel):
            check_role(model, header.asked_role, f"the samples ask for the {header.asked_role.value}")
        return model
    asked = CHAT_MODELS if header.task in ("score", "response") else ()
    forms = [*{"score": SCORE_MODELS, "response": RESPONSE_MODELS}.get(header.task, ()), *asked, *known]
    raise InputError(f"model {spec!r}", f"is no {header.task} model", f"Name one of: {', '.join(forms)}")
