"""`finetuned:DIR`: what a fine-tuned model says, each time the likeliest token; or how it weighs the twenty digits."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.answers import Prediction
from kokorochat.evaluation.responses import Said
from kokorochat.learning.finetuned.digits import Form, likeliest, read_digits
from kokorochat.learning.finetuned.processes import ALONE, Processes
from kokorochat.learning.finetuned.reading import TooLong, longest_prompt, prompt_of
from kokorochat.learning.finetuned.settings import ResponseFineTuning, ScoreFineTuning
from kokorochat.learning.finetuned.storing import Loaded, load_weights_of, read_finetuned
from kokorochat.learning.finetuned.talks import response_talk
from kokorochat.learning.finetuned.writing import write_all, writes_together
from kokorochat.learning.models import Readout
from kokorochat.llm.chat import ChatFault, Message
from kokorochat.tasks.reply import ReplyFault
from kokorochat.tasks.response import whole_sentences
from kokorochat.tasks.sample import Sample
from kokorochat.tasks.score import parse_scores, score_sample


class _Answering:
    """What both kinds share.

    Attributes:
        name: as named on the command line.
        decoding: how the text is chosen.
        knows: None, since it is told nothing but the samples.
    """

    knows = None

    def __init__(self, name: str, loaded: Loaded) -> None:
        self.name, self.fingerprint = name, loaded.fingerprint
        self._loaded, run = loaded, loaded.run
        self._numbers = f"{'NF4' if run.quantization == 'nf4' else 'unquantised'}, {run.compute}"
        if run.too_long == "drop-oldest":
            self._numbers += f", of more than {longest_prompt(loaded)} tokens the oldest turns left out"
        self.decoding = f"greedy, {self._numbers}, at most {run.longest_answer} tokens"
        if not writes_together(loaded):
            self.decoding += ", one by one"

    def _written(self, asked: Iterable[Sequence[Message]]) -> list[Said]:
        """The text of each, as far as it came; what could not be read or was cut off is named as at an endpoint."""
        renderer, longest = self._loaded.renderer, self._loaded.run.longest_answer
        prompts, found = list[list[int]](), list[Said | None]()
        for messages in asked:
            try:
                prompts.append(prompt_of(self._loaded, messages))
                found.append(None)
            except TooLong as fault:
                found.append(Said("", f"too long: {fault}"))
        written = iter(write_all(self._loaded, prompts, longest))

        def said() -> Said:
            tokens = next(written)
            return Said(renderer.text(tokens), None if renderer.end in tokens else f"cut off: at {longest} tokens")

        return [said() if one is None else one for one in found]


class FineTunedResponder(_Answering):
    """Says what the counselor may say next; or the client, if the run file has asked for that."""

    def __init__(self, name: str, loaded: Loaded, run: ResponseFineTuning) -> None:
        super().__init__(name, loaded)
        self.role, self._run = Role(run.role), run

    def respond(self, samples: Sequence[Sample]) -> list[str]:
        """One text for each sample."""
        return [said.text for said in self.said(samples)]

    def said(self, samples: Sequence[Sample]) -> list[Said]:
        """See `FailingModel`."""
        return self._written(sample.messages for sample in samples)

    def converse(self, dialogue: Dialogue) -> str:
        """Its next turn in a running talk, of one that was cut off the whole sentences.

        It is empty where it would say one of its turns again.

        Raises:
            ChatFault: it was cut off in its first sentence, or the talk is longer than it can read.
        """
        run = self._run
        messages = response_talk(dialogue, run.joiner, run.language, run.keep_out_of_role, self.role).messages
        [said] = self._written([messages])
        text = whole_sentences(said.text) if said.failure else said.text
        if said.failure and not text:
            kind, _, detail = said.failure.partition(": ")
            raise ChatFault(kind, detail)
        return "" if any(one.role == "assistant" and one.content == text for one in messages) else text


class FineTunedPredictor(_Answering):
    """Says the twenty values of a dialogue, as the JSON that it has learnt to write, or by its digits alone."""

    def __init__(self, name: str, loaded: Loaded, run: ScoreFineTuning, readout: Readout = "text") -> None:
        """Get ready.

        Raises:
            InputError: the digits are asked for, and in this base's tokens they don't stand for themselves.
        """
        super().__init__(name, loaded)
        self._keep_out_of_role, self._form = run.keep_out_of_role, None
        if readout == "digits":
            try:
                self._form = Form(loaded.renderer)
            except InputError as fault:
                raise InputError(fault.place, fault.problem, "Answer with --readout text") from None
            self.decoding = f"likeliest digits in the form of the answer, {self._numbers}"

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """One prediction for each sample; where its text isn't such JSON without items, and named as at an endpoint.

        Read by its digits alone each sample that it can read has items, and the probabilities that they were taken
        from.
        """
        form, asked = self._form, [sample.messages for sample in samples]
        if form is None:
            return [_read(said) for said in self._written(asked)]
        return [self._weighed(messages, form) for messages in asked]

    def predict_dialogue(self, dialogue: Dialogue) -> dict[str, int]:
        """The likeliest digit of each item; so there are always twenty.

        Raises:
            ChatFault: the dialogue is longer than it can read.
        """
        messages = score_sample(dialogue, self._keep_out_of_role).messages
        try:
            return likeliest(self._odds(messages, self._form or Form(self._loaded.renderer)))
        except TooLong as fault:
            raise ChatFault("too long", str(fault)) from None

    def _weighed(self, messages: Sequence[Message], form: Form) -> Prediction:
        try:
            odds = self._odds(messages, form)
        except TooLong as fault:
            return Prediction(None, failure=f"too long: {fault}")
        told = {key: [round(value, 4) for value in item] for key, item in zip(ITEM_KEYS, odds, strict=True)}
        return Prediction(likeliest(odds), told)

    def _odds(self, messages: Sequence[Message], form: Form) -> list[list[float]]:
        loaded = self._loaded
        return read_digits(loaded.model, prompt_of(loaded, messages), form, loaded.run, loaded.device)


def _read(said: Said) -> Prediction:
    try:
        return Prediction(parse_scores(said.text))
    except ReplyFault as fault:
        return Prediction(None, failure=said.failure or str(fault))


def accuracy(
    model: Any,
    prompts: Sequence[tuple[list[int], dict[str, int]]],
    form: Form,
    run: Any,
    device: Any,
    processes: Processes = ALONE,
) -> float:
    """The share of items whose likeliest digit is the one that the client gave.

    Args:
        prompts: tokens that ask, and the values that are due.
        processes: among which they are dealt out.
    """
    right = 0
    for (prompt, target), counts in processes.share(prompts):
        said = likeliest(read_digits(model, prompt, form, run, device))
        right += counts * sum(said[key] == target[key] for key in ITEM_KEYS)
    return processes.sum(right) / (len(prompts) * len(ITEM_KEYS))


def load_responder(folder: Path) -> FineTunedResponder:
    """The model of the response task that `train` wrote to a folder.

    Raises:
        InputError: none is there, or it can't be used.
    """
    stored = read_finetuned(folder)
    run = stored.run
    if not isinstance(run, ResponseFineTuning):
        raise InputError(f"finetuned:{folder}", "predicts scores and says no responses", "Name one that does")
    return FineTunedResponder(f"finetuned:{folder}", load_weights_of(stored), run)


def load_predictor(folder: Path, readout: Readout = "text") -> FineTunedPredictor:
    """The same of the score task.

    Args:
        readout: how its answers are read, see `models.Readout`.

    Raises:
        InputError: none is there, or it can't be used, or not in this way.
    """
    stored = read_finetuned(folder)
    run = stored.run
    if not isinstance(run, ScoreFineTuning):
        raise InputError(f"finetuned:{folder}", "says responses and predicts no scores", "Name one that does")
    return FineTunedPredictor(f"finetuned:{folder}", load_weights_of(stored), run, readout)
