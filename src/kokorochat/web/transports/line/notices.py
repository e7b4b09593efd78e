"""What the platform itself says on LINE; nothing here comes from a person but nicknames and what was agreed.

The worker speaks the platform's own language: no page has chosen another there.
"""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts import consent as consents
from kokorochat.web.accounts.actions import add_sign_in_link
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import queries
from kokorochat.web.roleplay.actions import RefusedError
from kokorochat.web.roleplay.actions.notices import make_feedback_link
from kokorochat.web.roleplay.models import Event, Session
from kokorochat.web.roleplay.templatetags.roleplay import wording

FEEDBACK_LINK_LIFETIME = timedelta(days=7)
"""Of real feedback nineteen in twenty come within two days, nearly all within a week."""


def by_platform(text: str) -> str:
    """A notice as LINE shows it: it says whose words these are, for the counselor's come from the same account."""
    return f"【KokoroChat】{text}"


def not_linked() -> str:
    """To an account that is nobody's yet."""
    return _(
        "This is KokoroChat's official account. To talk here, open “LINE” on your page of KokoroChat and send the "
        "eight digits that stand there to this chat.\n%(page)s"
    ) % {"page": settings.ORIGINS[0] + reverse("line")}


def linked(person: Person) -> str:
    """After a right code."""
    return _(
        "This LINE account is now linked to %(name)s. When a session opens you can talk with your partner here. Your "
        "LINE name and picture are not shown to anyone. You can unlink it on the same page at any time."
    ) % {"name": person.display_name}


def wrong_code() -> str:
    """After a code that is not, or is no longer."""
    return _("This code is wrong or older than ten minutes. Make a new one on your page and send it here.")


def too_many_codes() -> str:
    """After too many of them."""
    return _("Too many wrong codes. For one hour no code is taken from this account.")


def taken() -> str:
    """After a code from an account that has a person already."""
    return _("This LINE account is linked already. To link it to somebody else, unlink it on the page first.")


def no_session() -> str:
    """After a message outside any session."""
    return _(
        "No session is open now, so this message reaches nobody and is not kept. A session opens 15 minutes before its "
        "time."
    )


def media() -> str:
    """After a picture, a film, a recording, a file or a place."""
    return _("Only text and stickers can be sent here. What you have just sent did not reach your partner.")


def refused(fault: RefusedError) -> str:
    """After a message that could not be taken."""
    return _("Your last message did not reach your partner. %(reason)s") % {"reason": fault}


def start(session: Session, *, leads_to_page: bool = True) -> str:
    """When a session opens.

    Args:
        leads_to_page: with the way to the phone page; never to somebody who is first sent the way to the consent text.
    """
    rules = _(
        "Your session with %(name)s is open. What you write here goes to your partner. It is a role-play: no real "
        "troubles and no real names. To step out of it, write （…） in brackets; to stop it at once, send “%(stop)s”. "
        "Administrators may read along; each time, that is recorded."
    ) % {"name": session.counselor.display_name, "stop": _stop_word()}
    length = _line(_("Planned length"), _("%(n)d min") % {"n": session.due_minutes})
    parts = [rules, "\n".join([_("What was agreed"), *_agreed(session), length])]
    if leads_to_page and not consents.due(session.client, session.started_at):
        words = _("The session's page, where you can set what is left to you:\n%(link)s")
        if not _is_left(session):
            words = _("The session's page:\n%(link)s")
        parts.append(words % {"link": _link(session, "room")})
    return "\n\n".join(parts)


def conditions(session: Session) -> str:
    """When what was agreed has changed since the client was told."""
    changed = _("What was agreed for your session with %(name)s has changed. From now on this holds:") % {
        "name": session.counselor.display_name
    }
    return "\n".join([changed, *_agreed(session)])


def consent(session: Session) -> str:
    """To a client who has to accept the consent text first."""
    return _(
        "Your session with %(name)s is open. Before you talk, please read on this page what happens with all that is "
        "said, and accept it. Until then nothing that you write here reaches your partner.\n%(link)s"
    ) % {"name": session.counselor.display_name, "link": _link(session, "room")}


def page(session: Session) -> str:
    """When a session can't go on over LINE."""
    return _(
        "Messages can't be sent to you over LINE any more today. Please go on with your session on this page: nothing "
        "is lost, and what was said stands there.\n%(link)s"
    ) % {"link": _link(session, "room")}


def reminder(session: Session) -> str:
    """To a client whose feedback has not come."""
    return _(
        "You played the client in the session of %(at)s. Your partner is waiting for your feedback; it takes about "
        "three minutes, and what you have answered already is kept. If the session still weighs on you, leave it for "
        "later.\n%(link)s"
    ) % {"at": _at(session), "link": settings.ORIGINS[0] + make_feedback_link(session, "line")}


def feedback_came(session: Session) -> str:
    """To a counselor whose session was rated."""
    return _("The feedback on your session of %(at)s has come. You can read it here.\n%(link)s") % {
        "at": _at(session),
        "link": settings.ORIGINS[0] + reverse("result", args=[session.code]),
    }


def of_event(session: Session, event: Event) -> str:
    """What an event of the talk that is no utterance is told by; empty if it is not told."""
    match event.kind:
        case Event.Kind.END if queries.is_heavy(session):
            return _debrief(session)
        case Event.Kind.END:
            return _(
                "The session has ended. Thank you. Please give your partner feedback here; it takes about three "
                "minutes.\n%(link)s"
            ) % {"link": _link(session, "feedback")}
        case Event.Kind.EXTEND:
            return _("Your partner has extended the session by %(n)d minutes.") % {"n": event.minutes}
        case Event.Kind.WRAP_UP:
            return _("The talk is coming to its end. You can go on writing until your partner ends it.")
        case Event.Kind.STOP:
            return _(
                "The role-play is stopped, and an administrator has been called. You need not go on. What you "
                "write now is outside the role. When you are ready to go on, send “%(go_on)s”."
            ) % {"go_on": pgettext("word on LINE", "go on")}
        case Event.Kind.RESUME:
            return _("The role-play goes on.")
        case Event.Kind.READY if event.role == Role.COUNSELOR.value:
            return _("Your partner is ready to go on. When you are too, send “%(go_on)s”.") % {
                "go_on": pgettext("word on LINE", "go on")
            }
    return ""


def helper(administrator: Person) -> str:
    """When an administrator looks after a session that was stopped."""
    return _("%(name)s, an administrator, is looking after you both. You need not go on until you want to.") % {
        "name": administrator.display_name
    }


def _debrief(session: Session) -> str:
    """The end of a session that may weigh on the client's player: the gist of the debrief card, before any feedback."""
    steps = (
        _("Say your own name aloud, and: the role is over."),
        _("Stand up, stretch, and name three things that you see around you."),
        _("Say one sentence of farewell to the person whom you played, and leave them here."),
        _("Tell somebody today how you are. What was played stays in the play; how you are belongs to you."),
    )
    thanks = _("The session has ended. Thank you. It may stay with you: step out of the role before anything else.")
    page = _("More on this, and a way to be contacted by an administrator:\n%(link)s")
    return "\n\n".join(
        [
            "\n".join([thanks, *(f"• {step}" for step in steps)]),
            "\n".join([_("Help lines"), *(f"{wording(line)} {line.contact}" for line in queries.help_lines())]),
            page % {"link": _link(session, "debrief")},
            _("The feedback can wait. That page leads to it, too."),
        ]
    )


def _agreed(session: Session) -> list[str]:
    """What was agreed as the client is shown it, a line for each part."""
    shown = queries.conditions_of(session, Role.CLIENT)
    topic = state = _("Left to you")
    if shown.topic:
        topic = "\n".join([wording(shown.topic), shown.topic_sub])
    if shown.suicidal_thoughts or shown.client_state:
        thoughts = Session.SuicidalThoughts(shown.suicidal_thoughts).label if shown.suicidal_thoughts else ""
        state = "\n".join(part for part in (str(thoughts), shown.client_state) if part)
    return [_line(_("Topic"), topic), _line(_("The client's state"), state)]


def _is_left(session: Session) -> bool:
    """Whether the client may still decide something."""
    shown = queries.conditions_of(session, Role.CLIENT)
    return shown.topic_open or shown.state_open


def _line(what: str, value: str) -> str:
    return _("%(what)s: %(value)s") % {"what": what, "value": value}


def _at(session: Session) -> str:
    return date_format(timezone.localtime(session.planned_start), "DATETIME_FORMAT")


def _stop_word() -> str:
    return pgettext("word on LINE", "stop")


def _link(session: Session, name: str) -> str:
    """A page of the session, signed in: whoever reads a person's LINE chat is that person."""
    token = add_sign_in_link(session.client, FEEDBACK_LINK_LIFETIME, "line")
    sign_in = reverse("sign-in-by-link", args=[token])
    return f"{settings.ORIGINS[0]}{sign_in}?next={reverse(name, args=[session.code])}"
