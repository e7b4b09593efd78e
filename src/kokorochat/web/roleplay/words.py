"""What the script of a talk's page says, in the page's language."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kokorochat.web.roleplay import actions


def words_of_talk(partner: str) -> dict[str, Any]:
    """{key: words}; `{n}` and the like are filled in on the page."""
    return {
        "sending": _("sending"),
        "stored": _("sent"),
        "seen": _("shown"),
        "failed": _("not sent"),
        "edit": _("Back to the input"),
        "me": _("me"),
        "partner": partner,
        "online": _("in the room"),
        "offline": _("not in the room"),
        "program": _("a program answers"),
        "on_line": _("takes part on LINE"),
        "accepted": _("handed to LINE"),
        "uncertain": _("LINE: uncertain"),
        "uncertain_help": _(
            "LINE has not said whether it took a message that is marked as uncertain. If your partner does not answer "
            "to it, send it again. If LINE had taken it after all, it stands there twice."
        ),
        "send_again": _("Send again"),
        "let_be": _("Leave it so"),
        "sending_again": _("LINE: sending again"),
        "doors": {
            "line-quota": _(
                "The month's LINE messages are used up. Your partner is asked to go on on the phone page, where all "
                "that you write stands."
            ),
            "line-blocked": _(
                "Your partner has blocked the official account on LINE. What you write stands on their phone page."
            ),
            "line-unlinked": _(
                "Your partner has taken the link to LINE away. What you write stands on their phone page."
            ),
            "line-consent": _(
                "Your partner has to accept the consent text before they can talk, and has been sent the way to it. "
                "What you write waits for them."
            ),
            "line-refused": _(
                "LINE does not take your messages. Your partner is asked to go on on the phone page, where all that "
                "you write stands."
            ),
        },
        "typing": _("%(name)s is writing…") % {"name": partner},
        "lost": _("The connection is lost. What you wrote is kept and goes out when it is back."),
        "connecting": _("Connecting…"),
        "signed_out": _("You are signed out. Sign in again; what you wrote stays on this page until then."),
        "not_yours": _("This session is not open to you."),
        "newer": _("{n} new"),
        "ended": _("The session has ended."),
        "minutes": _("{n} min of {planned}"),
        "before": _("starts {time}"),
        "ended_after": _("ended, {n} min"),
        "stopped_at": _("stopped at {n} min"),
        "passed": _("{n} minutes have passed"),
        "left": _("{n} minutes left"),
        "due": _("the planned time is over"),
        "over": _("{n} minutes over the planned time"),
        "i": _("You"),
        "partner_does": pgettext("who did it", "%(name)s") % {"name": partner},
        "administrator": _("An administrator"),
        "events": {
            "stop": _("{who} stopped the session"),
            "ready": _("{who}: ready to go on"),
            "resume": _("The session goes on"),
            "extend": _("{n} more minutes"),
            "wrap-up": _("The talk is coming to its end"),
        },
        "called": _("An administrator has been called."),
        "helper": _("{name} is looking after you both."),
        "both_decide": _("It goes on when both of you are ready, or when an administrator says so."),
        "waits_for_partner": _("You are ready. It goes on when your partner is, too."),
        "partner_is_ready": _("Your partner is ready to go on. Take your time."),
        "note_saving": _("saving…"),
        "note_saved": _("saved"),
        "note_kept": _("not saved yet; kept in this window"),
        "note_clash": _("changed in another window"),
        "note_other": _("In the other window stands:"),
        "note_both": _("Keep both"),
        "note_mine": _("Keep mine"),
        "note_theirs": _("Take the other"),
        "too_late": _("The session has ended, and this text was not sent. Copy it if you want to keep it."),
        "withdrawn": _("a message was taken back"),
        "out_of_role": _("outside the role"),
        "too_long": _("One message can have %(most)d characters. Take {n} away.") % {"most": actions.LONGEST_TEXT},
    }
