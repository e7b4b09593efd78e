"""Why somebody should look at a session, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kokorochat.corpus.filters import FEWEST_MINUTES, FEWEST_UTTERANCES
from kokorochat.domain.feedback import CHECKS
from kokorochat.web.roleplay.models import Screening, Session
from kokorochat.web.roleplay.supervision import Kind, kinds_of
from kokorochat.web.roleplay.templatetags.roleplay import wording


@dataclass(frozen=True)
class Cause:
    """One reason to look at a session.

    Attributes:
        since: when it came up, or last became another.
        details: what it is about, in a few words each.
    """

    kind: Kind
    since: datetime
    details: tuple[str, ...]


def causes_of(session: Session) -> list[Cause]:
    """All that somebody should look at in a session that `supervision.supervised` has given."""
    return [Cause(kind, since, tuple(_details(kind, session))) for kind, since in kinds_of(session).items()]


def _details(kind: Kind, session: Session) -> Iterator[str]:
    match kind:
        case Kind.ALERT:
            for alert in session.waiting:  # type: ignore[attr-defined]
                yield alert.get_kind_display()
                if alert.times > 1:
                    yield _("called %(n)s times") % {"n": alert.times}
        case Kind.LATE if session.ended_at is not None:
            yield _("ended %(time)s ago") % {"time": timesince(session.ended_at, depth=1)}
        case Kind.ABSENT:
            yield who_came(session)
        case Kind.SCREENED:
            yield from screened_by(session.screening)
        case Kind.STRAIGHT:
            yield straight_line(session.screening)


def who_came(session: Session) -> str:
    """Which of the two have not come, or that both have and nobody has spoken."""
    if session.counselor_came_at and session.client_came_at:
        return _("both came, and nobody began")
    if session.counselor_came_at:
        return _("the client did not come")
    return _("the counselor did not come") if session.client_came_at else _("neither of the two came")


def screened_by(screening: Screening) -> Iterator[str]:
    """Why the corpus leaves a session out, and the checks that the client has set."""
    rules = {
        "few-utterances": ngettext("fewer than %(n)d message", "fewer than %(n)d messages", FEWEST_UTTERANCES)
        % {"n": FEWEST_UTTERANCES},
        "short": ngettext("shorter than %(n)d minute", "shorter than %(n)d minutes", FEWEST_MINUTES)
        % {"n": FEWEST_MINUTES},
        "all-threes": _("all twenty items are 3"),
    }
    checks = {check.key: wording(check) for check in CHECKS}
    for reason in screening.reasons:
        yield rules.get(reason) or checks.get(reason, reason)


def straight_line(screening: Screening) -> str:
    """How many items have one value, and which."""
    return _("%(n)d of 20 items are %(value)d") % {"n": screening.alike, "value": screening.value}
