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
        "online": _("here"),
        "offline": _("away"),
        "program": _("a program answers"),
        "on_line": _("takes part on LINE"),
        "accepted": _("handed to LINE"),
        "uncertain": _("LINE: uncertain"),
        "uncertain_help": _(
            "LINE has not confirmed a message that is marked as uncertain. If your partner does not answer it, send it "
            "again. If it did arrive, your partner will see it twice."
        ),
        "send_again": _("Send again"),
        "let_be": _("Leave it as it is"),
        "sending_again": _("LINE: sending again"),
        "not_by_line": _("does not arrive by LINE"),
        "kept_on_page": _("not sent to LINE (kept on the page)"),
        "doors": {
            "line-quota": _(
                "This month's LINE messages are used up. Your partner is asked to continue on the phone page, where "
                "they can read all your messages."
            ),
            "line-blocked": _(
                "Your partner has blocked the official account on LINE. They can read your messages on their phone "
                "page."
            ),
            "line-unlinked": _("Your partner has unlinked LINE. They can read your messages on their phone page."),
            "line-another": _(
                "Your partner has begun another session on LINE. They can read your messages on their phone page."
            ),
            "line-waits": _(
                "Your partner is still in another session on LINE. Your messages wait and go out when that has ended; "
                "your partner can read them on their phone page already."
            ),
            "line-consent": _(
                "Your partner has to accept the consent text before they can talk, and has been sent a link to it. Your"
                " messages wait for them."
            ),
            "line-refused": _(
                "LINE does not accept your messages. Your partner is asked to continue on the phone page, where they "
                "can read them all."
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
        "note_other": _("The other window has:"),
        "note_both": _("Keep both"),
        "note_mine": _("Keep mine"),
        "note_theirs": _("Take the other"),
        "too_late": _("The session has ended, and this text was not sent. Copy it if you want to keep it."),
        "withdrawn": _("a message was taken back"),
        "out_of_role": _("{who}, outside the role"),
        "too_long": _("One message can have %(most)d characters. Remove {n}.") % {"most": actions.LONGEST_TEXT},
    }
