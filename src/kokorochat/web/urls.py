"""Every address of the platform."""

from django.urls import include, path

from kokorochat.web.accounts import account_views as account
from kokorochat.web.accounts import consent_views as consent
from kokorochat.web.accounts import mail_address
from kokorochat.web.accounts import second_factor_views as second_factor
from kokorochat.web.accounts.views import SignInView, SignOutView, sign_in_by_link
from kokorochat.web.administration import alerts, standing, supervision
from kokorochat.web.administration import views as administration
from kokorochat.web.administration.consent_text import consent_text
from kokorochat.web.administration.ending import end_session
from kokorochat.web.administration.help_lines import help_lines
from kokorochat.web.administration.look import look, record
from kokorochat.web.administration.phone_link import phone_link
from kokorochat.web.administration.trail import trail
from kokorochat.web.health import health, ready
from kokorochat.web.metrics.page import metrics
from kokorochat.web.practice.views import practise
from kokorochat.web.roleplay import desk
from kokorochat.web.roleplay import feedback_pages as feedback
from kokorochat.web.roleplay import views as roleplay
from kokorochat.web.roleplay.debrief import debrief
from kokorochat.web.roleplay.growth import growth
from kokorochat.web.roleplay.history import history
from kokorochat.web.roleplay.result import result

urlpatterns = [
    path("", roleplay.home, name="home"),
    path("sign-in", SignInView.as_view(), name="sign-in"),
    path("sign-in/<slug:token>", sign_in_by_link, name="sign-in-by-link"),
    path("sign-out", SignOutView.as_view(), name="sign-out"),
    path("second-factor", second_factor.give, name="second-factor"),
    path("second-factor/set-up", second_factor.set_up, name="second-factor-set-up"),
    path("account", account.account, name="account"),
    path("account/password", account.password, name="password"),
    path("account/mail", mail_address.set_address, name="mail-address"),
    path("account/mail/<str:token>", mail_address.confirm, name="confirm-address"),
    path("account/sign-out-everywhere", account.leave_everywhere, name="sign-out-everywhere"),
    path("account/second-factor/remove", second_factor.give_up, name="second-factor-remove"),
    path("consent", consent.accept, name="consent"),
    path("consent/<int:version>", consent.accepted, name="consent-text"),
    path("sessions/<slug:code>", roleplay.room, name="room"),
    path("history", history, name="history"),
    path("sessions/<slug:code>/conditions", desk.conditions, name="conditions"),
    path("sessions/<slug:code>/note", desk.note, name="note"),
    path("sessions/<slug:code>/debrief", debrief, name="debrief"),
    path("sessions/<slug:code>/feedback", feedback.feedback, name="feedback"),
    path("sessions/<slug:code>/feedback/draft", feedback.feedback_draft, name="feedback-draft"),
    path("sessions/<slug:code>/result", result, name="result"),
    path("feedback/<slug:token>", feedback.feedback_by_link, name="feedback-by-link"),
    path("feedback/<slug:token>/draft", feedback.feedback_draft_by_link, name="feedback-draft-by-link"),
    path("growth", growth, name="growth"),
    path("practice", practise, name="practise"),
    path("administration/sessions", administration.sessions, name="sessions"),
    path("administration/sessions/new", administration.pair, name="pair"),
    path("administration/people", administration.people, name="people"),
    path("administration/people/new", administration.new_person, name="new-person"),
    path("administration/people/<int:pk>", administration.person, name="person"),
    path("administration/people/<int:pk>/link", administration.new_link, name="new-link"),
    path("administration/people/<int:pk>/sign-out", standing.sign_out, name="person-sign-out"),
    path("administration/people/<int:pk>/lock", standing.lock, name="person-lock"),
    path("administration/people/<int:pk>/role", standing.change_role, name="person-role"),
    path("administration/people/<int:pk>/second-factor", standing.reset_factor, name="person-second-factor"),
    path("administration/supervision", supervision.running, name="supervision"),
    path("administration/supervision/review", supervision.to_review, name="to-review"),
    path("administration/supervision/reviewed", supervision.reviewed, name="reviewed"),
    path("administration/supervision/mark", supervision.mark_reviewed, name="mark-reviewed"),
    path("administration/sessions/<slug:code>/record", record, name="record"),
    path("administration/sessions/<slug:code>/end", end_session, name="end-session"),
    path("administration/sessions/<slug:code>/talk", look, name="look"),
    path("administration/trail", trail, name="trail"),
    path("administration/alerts", alerts.overview, name="alerts"),
    path("administration/alerts/open", alerts.waiting, name="waiting-alerts"),
    path("administration/alerts/<int:pk>/handle", alerts.handle, name="handle-alert"),
    path("administration/alerts/<int:pk>/<slug:step>", alerts.lift, name="lift-stop"),
    path("administration/consent", consent_text, name="consent-texts"),
    path("administration/help-lines", help_lines, name="help-lines"),
    path("administration/sessions/<slug:code>/phone", phone_link, name="phone-link"),
    path("administration/export.zip", administration.export, name="export"),
    path("", include("kokorochat.web.transports.line.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("health", health, name="health"),
    path("health/ready", ready, name="ready"),
    path("metrics", metrics, name="metrics"),
]

handler400 = "kokorochat.web.refusals.bad_request"
handler403 = "kokorochat.web.refusals.forbidden"
handler404 = "kokorochat.web.refusals.not_found"
handler500 = "kokorochat.web.refusals.failed"
