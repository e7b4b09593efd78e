"""The one place where rows of a session change: in a transaction, under the session's lock.

`session_changed` is sent after the commit, so nobody is woken for something that is not stored.
"""

from kokorochat.web.roleplay.actions.alerts import handle_alert, raise_alert
from kokorochat.web.roleplay.actions.arriving import note_arrival
from kokorochat.web.roleplay.actions.care import ask_for_contact, keep_help_lines
from kokorochat.web.roleplay.actions.clock import EXTENSIONS, LONGEST_MINUTES, extend, wrap_up
from kokorochat.web.roleplay.actions.drafts import drop_draft, drop_forgotten_drafts, is_answer, keep_draft
from kokorochat.web.roleplay.actions.events import is_stopped
from kokorochat.web.roleplay.actions.feedback import give_feedback, keep_estimate
from kokorochat.web.roleplay.actions.looking import LOOK_LASTS, may_read, open_talk
from kokorochat.web.roleplay.actions.notes import LONGEST_NOTE, keep_note
from kokorochat.web.roleplay.actions.pairing import Conditions, keep_past_session, pair, set_conditions
from kokorochat.web.roleplay.actions.reaching import let_be, note_accepted, note_door, note_uncertain, send_again
from kokorochat.web.roleplay.actions.refused import RefusedError
from kokorochat.web.roleplay.actions.reviewing import LONGEST_REVIEW, review
from kokorochat.web.roleplay.actions.stopping import (
    STOP_WORDS,
    is_go_on_word,
    is_stop_word,
    lift_stop,
    resume,
    say_stop_word,
    stop,
)
from kokorochat.web.roleplay.actions.talk import LONGEST_TEXT, end, mark_seen, say, withdraw

__all__ = [
    "EXTENSIONS",
    "LONGEST_MINUTES",
    "LONGEST_NOTE",
    "LONGEST_REVIEW",
    "LONGEST_TEXT",
    "LOOK_LASTS",
    "STOP_WORDS",
    "Conditions",
    "RefusedError",
    "ask_for_contact",
    "drop_draft",
    "drop_forgotten_drafts",
    "end",
    "extend",
    "give_feedback",
    "handle_alert",
    "is_answer",
    "is_go_on_word",
    "is_stop_word",
    "is_stopped",
    "keep_draft",
    "keep_estimate",
    "keep_help_lines",
    "keep_note",
    "keep_past_session",
    "let_be",
    "lift_stop",
    "mark_seen",
    "may_read",
    "note_accepted",
    "note_arrival",
    "note_door",
    "note_uncertain",
    "open_talk",
    "pair",
    "raise_alert",
    "resume",
    "review",
    "say",
    "say_stop_word",
    "send_again",
    "set_conditions",
    "stop",
    "withdraw",
    "wrap_up",
]
