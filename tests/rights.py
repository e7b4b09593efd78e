"""Every page of the platform: its path, and who may do what with it.

A new page needs its path in PATHS, and rows in ROWS for GET and POST and each state of its object; then its rights, its
headers, its words under attack, its accessibility and its queries are tested without another line.
"""

from collections.abc import Iterator

WHO = ("nobody", "stranger", "counselor", "client", "administrator", "locked")
"""`locked` is the counselor, locked after she has signed in."""

PATHS = {
    "home": "/",
    "sign-in": "/sign-in",
    "sign-in-by-link": "/sign-in/{token}",
    "sign-out": "/sign-out",
    "second-factor": "/second-factor",
    "second-factor-set-up": "/second-factor/set-up",
    "account": "/account",
    "password": "/account/password",
    "mail-address": "/account/mail",
    "confirm-address": "/account/mail/{address}",
    "sign-out-everywhere": "/account/sign-out-everywhere",
    "second-factor-remove": "/account/second-factor/remove",
    "consent": "/consent",
    "consent-text": "/consent/{version}",
    "room": "/sessions/{code}",
    "history": "/history",
    "practise": "/practice",
    "conditions": "/sessions/{code}/conditions",
    "note": "/sessions/{code}/note",
    "debrief": "/sessions/{code}/debrief",
    "feedback": "/sessions/{code}/feedback",
    "feedback-draft": "/sessions/{code}/feedback/draft",
    "feedback-by-link": "/feedback/{form}",
    "feedback-draft-by-link": "/feedback/{form}/draft",
    "growth": "/growth",
    "result": "/sessions/{code}/result",
    "sessions": "/administration/sessions",
    "pair": "/administration/sessions/new",
    "people": "/administration/people",
    "new-person": "/administration/people/new",
    "person": "/administration/people/{pk}",
    "new-link": "/administration/people/{pk}/link",
    "person-sign-out": "/administration/people/{pk}/sign-out",
    "person-lock": "/administration/people/{pk}/lock",
    "person-role": "/administration/people/{pk}/role",
    "person-second-factor": "/administration/people/{pk}/second-factor",
    "supervision": "/administration/supervision",
    "to-review": "/administration/supervision/review",
    "reviewed": "/administration/supervision/reviewed",
    "mark-reviewed": "/administration/supervision/mark",
    "record": "/administration/sessions/{code}/record",
    "end-session": "/administration/sessions/{code}/end",
    "look": "/administration/sessions/{code}/talk",
    "trail": "/administration/trail",
    "alerts": "/administration/alerts",
    "waiting-alerts": "/administration/alerts/open",
    "handle-alert": "/administration/alerts/{alert}/handle",
    "lift-stop": "/administration/alerts/{alert}/resume",
    "consent-texts": "/administration/consent",
    "help-lines": "/administration/help-lines",
    "phone-link": "/administration/sessions/{code}/phone",
    "export": "/administration/export.zip",
    "line": "/line",
    "line-unlink": "/line/unlink",
    "line-webhook": "/line/webhook",
    "line-overview": "/administration/line",
    "set_language": "/language/setlang/",
    "health": "/health",
    "ready": "/health/ready",
    "metrics": "/metrics",
}
CSRF_EXEMPT = {"line-webhook"}
"""Pages that take a POST from elsewhere, each with a check of its own."""

# The states of an object: of a session (open, ended, rated), a person (member, oneself, program), a link (hers), an
# alert (waiting; of a session that is not stopped), a consent text (accepted), a link to one feedback form (due,
# given), one that stores a mail address (hers).
# `unknown` is none. `-` is a page without an object.
ALERTS = ("waiting", "unknown")
SESSIONS, PEOPLE, LINKS = ("open", "ended", "rated", "unknown"), ("member", "oneself", "program", "unknown"), ("hers",)
VERSIONS = ("accepted", "unknown")
"""Of the consent text: the one that everybody has accepted."""
FORMS = ("due", "given", "unknown")
"""Of links to a feedback form; the unknown one is a link that signs in."""
OFFICE = "in   404  404  404  200  in"
OFFICE_POSTS = "in   404  404  404  302  in"
OFFICE_REFUSES = "in   404  404  404  405  in"
OFFICE_LACKS = "in   404  404  404  404  in"
EVERYBODY = "200  200  200  200  200  200"
MISSING = "404  404  404  404  404  404"
REFUSED = "405  405  405  405  405  405"
READ_ONLY = "in   405  405  405  405  in"

# Page, method, states of the object; then what each of WHO gets: a status, or `in` for a way to the sign-in page.
# A POST sends an empty form.   nobody stranger counselor client administrator locked
ROWS = """
home                 GET   -                  in   200  200  200  302  in
home                 POST  -                  READ_ONLY
sign-in              GET   -                  EVERYBODY
sign-in              POST  -                  EVERYBODY
sign-in-by-link      GET   hers               302  200  302  200  200  404
sign-in-by-link      POST  hers               302  302  302  302  302  404
sign-in-by-link      GET   unknown            MISSING
sign-in-by-link      POST  unknown            MISSING
sign-out             GET   -                  REFUSED
sign-out             POST  -                  in   in   in   in   in   in
second-factor        GET   -                  in   302  302  302  302  in
second-factor        POST  -                  in   302  302  302  302  in
second-factor-set-up GET   -                  in   200  200  200  200  in
second-factor-set-up POST  -                  in   422  422  422  422  in
account              GET   -                  in   200  200  200  200  in
account              POST  -                  READ_ONLY
password             GET   -                  in   200  200  200  200  in
password             POST  -                  in   422  422  422  422  in
mail-address         GET   -                  READ_ONLY
mail-address         POST  -                  in   302  302  302  302  in
confirm-address      GET   hers               200  200  200  200  200  404
confirm-address      POST  hers               200  200  200  200  200  404
confirm-address      GET   unknown            MISSING
confirm-address      POST  unknown            MISSING
sign-out-everywhere  GET   -                  READ_ONLY
sign-out-everywhere  POST  -                  in   in   in   in   in   in
second-factor-remove GET   -                  READ_ONLY
second-factor-remove POST  -                  in   302  302  302  302  in
consent              GET   -                  in   200  200  200  200  in
consent              POST  -                  in   409  409  409  409  in
consent-text         GET   accepted           in   200  200  200  200  in
consent-text         GET   unknown            in   404  404  404  404  in
consent-text         POST  accepted,unknown   READ_ONLY
room                 GET   open,ended,rated   in   404  200  200  404  in
room                 POST  open,ended,rated   READ_ONLY
room                 GET   unknown            in   404  404  404  404  in
room                 POST  unknown            READ_ONLY
feedback             GET   open,ended,rated   in   404  404  200  404  in
feedback             POST  open,rated         in   404  404  409  404  in
feedback             POST  ended              in   404  404  422  404  in
feedback             GET   unknown            in   404  404  404  404  in
feedback             POST  unknown            in   404  404  404  404  in
feedback-draft       GET   open,ended         in   404  404  200  404  in
feedback-draft       GET   rated              in   404  404  409  404  in
feedback-draft       POST  open,rated         in   404  404  409  404  in
feedback-draft       POST  ended              in   404  404  200  404  in
feedback-draft       GET   unknown            in   404  404  404  404  in
feedback-draft       POST  unknown            in   404  404  404  404  in
feedback-by-link     GET   due,given          EVERYBODY
feedback-by-link     POST  due                422  422  422  422  422  422
feedback-by-link     POST  given              409  409  409  409  409  409
feedback-by-link     GET   unknown            MISSING
feedback-by-link     POST  unknown            MISSING
feedback-draft-by-link GET   due              EVERYBODY
feedback-draft-by-link GET   given            409  409  409  409  409  409
feedback-draft-by-link POST  due              EVERYBODY
feedback-draft-by-link POST  given            409  409  409  409  409  409
feedback-draft-by-link GET   unknown          MISSING
feedback-draft-by-link POST  unknown          MISSING
growth               GET   -                  in   200  200  200  200  in
growth               POST  -                  READ_ONLY
result               GET   open,ended,rated   in   404  200  404  404  in
result               POST  open,ended,rated   READ_ONLY
result               GET   unknown            in   404  404  404  404  in
result               POST  unknown            READ_ONLY
history              GET   -                  in   200  200  200  200  in
history              POST  -                  in   200  200  200  200  in
practise             GET   -                  in   200  200  200  200  in
practise             POST  -                  in   422  422  422  422  in
conditions           GET   open,ended,rated   in   404  200  200  404  in
conditions           POST  open,ended,rated   in   404  302  302  404  in
conditions           GET   unknown            in   404  404  404  404  in
conditions           POST  unknown            in   404  404  404  404  in
note                 GET   open,ended,rated   in   404  200  404  404  in
note                 POST  open,ended,rated   in   404  422  404  404  in
note                 GET   unknown            in   404  404  404  404  in
note                 POST  unknown            in   404  404  404  404  in
debrief              GET   open               in   404  404  302  404  in
debrief              POST  open               in   404  404  302  404  in
debrief              GET   ended,rated        in   404  404  200  404  in
debrief              POST  ended,rated        in   404  404  200  404  in
debrief              GET   unknown            in   404  404  404  404  in
debrief              POST  unknown            in   404  404  404  404  in
sessions             GET   -                  OFFICE
sessions             POST  -                  OFFICE_REFUSES
pair                 GET   -                  OFFICE
pair                 POST  -                  in   404  404  404  422  in
people               GET   -                  OFFICE
people               POST  -                  OFFICE_REFUSES
new-person           GET   -                  OFFICE
new-person           POST  -                  in   404  404  404  422  in
person               GET   member,oneself,program  OFFICE
person               POST  member,oneself,program  OFFICE_REFUSES
person               GET   unknown            OFFICE_LACKS
person               POST  unknown            OFFICE_REFUSES
new-link             GET   member,oneself,program,unknown  OFFICE_REFUSES
new-link             POST  member,oneself     OFFICE
new-link             POST  program,unknown    OFFICE_LACKS
person-sign-out      GET   member,oneself,program,unknown  OFFICE_REFUSES
person-sign-out      POST  member,oneself     OFFICE_POSTS
person-sign-out      POST  program,unknown    OFFICE_LACKS
person-lock          GET   member,oneself,program,unknown  OFFICE_REFUSES
person-lock          POST  member,oneself     OFFICE_POSTS
person-lock          POST  program,unknown    OFFICE_LACKS
person-role          GET   member,oneself,program,unknown  OFFICE_REFUSES
person-role          POST  member,oneself     OFFICE_POSTS
person-role          POST  program,unknown    OFFICE_LACKS
person-second-factor GET   member,oneself,program,unknown  OFFICE_REFUSES
person-second-factor POST  member,oneself     OFFICE_POSTS
person-second-factor POST  program,unknown    OFFICE_LACKS
supervision          GET   -                  OFFICE
supervision          POST  -                  OFFICE_REFUSES
to-review            GET   -                  OFFICE
to-review            POST  -                  OFFICE_REFUSES
reviewed             GET   -                  OFFICE
reviewed             POST  -                  OFFICE_REFUSES
mark-reviewed        GET   -                  OFFICE_REFUSES
mark-reviewed        POST  -                  OFFICE_POSTS
record               GET   open,ended,rated   OFFICE
record               GET   unknown            OFFICE_LACKS
record               POST  open,ended,rated,unknown  OFFICE_REFUSES
end-session          GET   open,ended,rated   in   404  404  404  302  in
end-session          GET   unknown            OFFICE_LACKS
end-session          POST  open,ended,rated   in   404  404  404  302  in
end-session          POST  unknown            OFFICE_LACKS
look                 GET   open,ended,rated   OFFICE
look                 GET   unknown            OFFICE_LACKS
look                 POST  open,ended,rated,unknown  OFFICE_REFUSES
trail                GET   -                  OFFICE
trail                POST  -                  OFFICE_REFUSES
alerts               GET   -                  OFFICE
alerts               POST  -                  OFFICE_REFUSES
waiting-alerts       GET   -                  OFFICE_POSTS
waiting-alerts       POST  -                  OFFICE_REFUSES
handle-alert         GET   waiting,unknown    OFFICE_REFUSES
handle-alert         POST  waiting            OFFICE_POSTS
handle-alert         POST  unknown            OFFICE_LACKS
lift-stop            GET   waiting,unknown    OFFICE_REFUSES
lift-stop            POST  waiting            OFFICE_POSTS
lift-stop            POST  unknown            OFFICE_LACKS
consent-texts        GET   -                  OFFICE
consent-texts        POST  -                  in   404  404  404  422  in
help-lines           GET   -                  OFFICE
help-lines           POST  -                  in   404  404  404  422  in
phone-link           GET   open,ended,rated,unknown  OFFICE_REFUSES
phone-link           POST  open               OFFICE
phone-link           POST  ended,rated,unknown  OFFICE_LACKS
export               GET   -                  OFFICE
export               POST  -                  OFFICE_REFUSES
line                 GET   -                  in   200  200  200  200  in
line                 POST  -                  in   200  200  200  200  in
line-unlink          GET   -                  READ_ONLY
line-unlink          POST  -                  in   302  302  302  302  in
line-webhook         GET   -                  REFUSED
line-webhook         POST  -                  400  400  400  400  400  400
line-overview        GET   -                  OFFICE
line-overview        POST  -                  OFFICE_REFUSES
set_language         GET   -                  302  302  302  302  302  302
set_language         POST  -                  302  302  302  302  302  302
health               GET   -                  EVERYBODY
health               POST  -                  REFUSED
ready                GET   -                  EVERYBODY
ready                POST  -                  REFUSED
metrics              GET   -                  MISSING
metrics              POST  -                  REFUSED
"""


NO_PAGES = ("export", "health", "ready", "note", "waiting-alerts", "feedback-draft", "feedback-draft-by-link")
"""What programs and scripts read: no browser shows it as a page."""


def cells() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Page, method, state of the object, and what each role gets."""
    for line in ROWS.strip().splitlines():
        name, method, states, *due = line.split()
        outcomes = globals()[due[0]].split() if len(due) == 1 else due
        for state in states.split(","):
            yield name, method, state, dict(zip(WHO, outcomes, strict=True))
