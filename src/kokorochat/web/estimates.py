"""The model's estimate of the twenty items, made at the end of a session.

A platform without a model, or with one that fails, works the same without estimates.
"""

import logging
from functools import cache
from typing import Any

from django.conf import settings
from django.dispatch import receiver

from kokorochat.web.export import dialogue_of
from kokorochat.web.roleplay.actions import keep_estimate
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.signals import session_settled

logger = logging.getLogger(__name__)


@cache
def _model() -> Any:
    """The model that KOKOROCHAT_SCORE_MODEL names, loaded once; None if there is none.

    Raises:
        InputError: the name or the folder can't be used.
    """
    if not settings.SCORE_MODEL:
        return None
    # scikit-learn takes a second to import, and a platform without a model never needs it.
    from kokorochat.learning.models import load_score_model

    return load_score_model(settings.SCORE_MODEL)


def check_model() -> None:
    """Load the model now, so that a wrong name stops the start.

    Raises:
        InputError: as `_model`.
    """
    _model()


@receiver(session_settled)
def estimate(session_id: int, **_: Any) -> None:
    """Make the estimate at the end, or when the feedback comes if the server died in between."""
    if not settings.SCORE_MODEL:
        return
    due = Session.objects.filter(pk=session_id, started_at__isnull=False, estimate__isnull=True).first()
    if due is None:
        return
    try:
        items = _model().predict_dialogue(dialogue_of(due))
    except Exception:
        # The end or the feedback is stored: nothing that a model does may undo it on anybody's screen.
        logger.exception("no estimate for session %d", session_id)
        return
    keep_estimate(session_id, items, settings.SCORE_MODEL.rpartition("/")[2] or settings.SCORE_MODEL)
