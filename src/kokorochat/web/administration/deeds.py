"""How the audit trail names what was done. A test finds a deed without a name."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

NAMES = {
    "alert.again": _("an alert called for again"),
    "alert.handle": _("an alert taken up"),
    "alert.raise": _("an alert raised"),
    "consent.accept": _("the consent text accepted"),
    "consent.publish": _("a new consent text published"),
    "corpus.export": _("dialogues exported"),
    "corpus.export-by-command": _("dialogues exported by command"),
    "factor.recovery": _("a recovery code used"),
    "factor.remove": _("the second factor removed"),
    "factor.set-up": _("the second factor set up"),
    "feedback.begin": _("feedback begun"),
    "feedback.give": _("feedback given"),
    "feedback.late": _("late feedback handed over to the administrators"),
    "feedback.remind": _("the client reminded of the feedback"),
    "help-lines.change": _("the help lines changed"),
    "line.code": _("a code for LINE made"),
    "line.link": _("a LINE account linked"),
    "line.unlink": _("a LINE account unlinked"),
    "note.begin": _("private notes begun"),
    "person.add": _("a person added"),
    "person.email": _("an e-mail address changed"),
    "person.email-named": _("an e-mail address named, not confirmed yet"),
    "person.link": _("a sign-in link made"),
    "person.lock": _("an account locked"),
    "person.password": _("a password changed"),
    "person.sign-out": _("signed out everywhere"),
    "person.to-administrator": _("made an administrator"),
    "person.to-member": _("made a member"),
    "person.unlock": _("an account unlocked"),
    "session.conditions": _("conditions set"),
    "session.end": _("a session ended"),
    "session.extend": _("more time given"),
    "session.import": _("a past session stored"),
    "session.let-be": _("an uncertain message left as it is"),
    "session.pair": _("a session arranged"),
    "session.ready": _("ready to go on after a stop"),
    "session.resume": _("a stopped session going on"),
    "session.review": _("a session reviewed"),
    "session.send-again": _("an uncertain message sent again"),
    "session.stop": _("a session stopped"),
    "session.withdrawn": _("a message taken back"),
    "session.wrap-up": _("the end of a talk announced"),
    "talk.read": pgettext_lazy("deed", "a talk read"),
    "talk.watch": _("a running talk read along"),
}
"""{action of an audit row: its name}."""


def name_of(action: str) -> str:
    """The deed in the page's language; one that a newer version has stored stays as it is."""
    return str(NAMES.get(action, action))
