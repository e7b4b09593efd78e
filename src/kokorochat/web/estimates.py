"""The model's estimate of the twenty items, with its reasons, made at the end of a session.

A platform without a model, or with one that fails, works the same without estimates; one whose model gives no reasons
shows none.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.dispatch import receiver

from kokorochat.learning.explanation import Reason
from kokorochat.learning.models import ExplainingModel, is_elsewhere, load_estimator
from kokorochat.web.export import dialogue_of, played
from kokorochat.web.roleplay.actions import keep_estimate
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.signals import session_settled

logger = logging.getLogger(__name__)

THREAD = ThreadPoolExecutor(1, thread_name_prefix="estimates")
"""Where estimates are made: reasons take up to a second, and messages of other sessions must not wait for them."""

MOST_REASONS = 3
"""Messages that are kept for an item in each direction."""
SMALLEST_EFFECT = 0.02
"""In points; what moves an item by less explains nothing."""


@cache
def _model() -> Any:
    """The model that KOKOROCHAT_SCORE_MODEL names, loaded once; None if there is none.

    Raises:
        InputError: the name or the folder can't be used.
    """
    return load_estimator(settings.SCORE_MODEL) if settings.SCORE_MODEL else None


def check_model() -> None:
    """Load the model now, so that a wrong name stops the start.

    Raises:
        InputError: as `_model`.
    """
    _model()


@receiver(session_settled)
def estimate_soon(session_id: int, **_: Any) -> None:
    """Have the estimate made at the end, or when the feedback comes if the server died in between."""
    if settings.SCORE_MODEL:
        THREAD.submit(_estimate_apart, session_id)


def _estimate_apart(session_id: int) -> None:
    close_old_connections()
    try:
        estimate(session_id)
    except Exception:
        logger.exception("the estimate for session %d could not be stored", session_id)
    finally:
        close_old_connections()


def estimate(session_id: int) -> None:
    """Make and store the estimate of a session in which something was said, unless it has one."""
    due = Session.objects.filter(pk=session_id, started_at__isnull=False, estimate__isnull=True).first()
    if due is None:
        return
    reasons: dict[str, list[tuple[int, float]]] = {}
    try:
        model, dialogue = _model(), dialogue_of(due)
        items = model.predict_dialogue(dialogue)
        if isinstance(model, ExplainingModel):
            numbers = [event.number for event in played(due)]
            found = model.explain(dialogue).reasons
            reasons = {key: _strongest(found[key], numbers) for key in items if key in found}
    except Exception:
        # The end or the feedback is stored: nothing that a model does may undo it on anybody's screen.
        logger.exception("no estimate for session %d", session_id)
        return
    keep_estimate(session_id, items, _shown_name(settings.SCORE_MODEL), reasons)


def _shown_name(spec: str) -> str:
    """The model as people are told it, without the place where it lies."""
    if is_elsewhere(spec):
        return spec.removeprefix("openai:").partition("@http")[0]
    return spec.rstrip("/").rpartition("/")[2] or spec


def _strongest(reasons: Sequence[Reason], numbers: Sequence[int]) -> list[tuple[int, float]]:
    """The few that raise an item most and those that lower it most, by the numbers of their messages."""
    raising = [reason for reason in reasons if reason.effect >= SMALLEST_EFFECT][:MOST_REASONS]
    lowering = [reason for reason in reasons if reason.effect <= -SMALLEST_EFFECT][:MOST_REASONS]
    return [(numbers[reason.utterance], round(reason.effect, 3)) for reason in (*raising, *lowering)]
