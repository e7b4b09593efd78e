"""Every address of the platform."""

from django.contrib.auth import views as auth
from django.urls import include, path

from kokorochat.web.accounts.views import SignOutView, sign_in_by_link
from kokorochat.web.administration import views as administration
from kokorochat.web.health import health
from kokorochat.web.roleplay import views as roleplay

urlpatterns = [
    path("", roleplay.home, name="home"),
    path("sign-in", auth.LoginView.as_view(template_name="accounts/sign_in.html"), name="sign-in"),
    path("sign-in/<str:token>", sign_in_by_link, name="sign-in-by-link"),
    path("sign-out", SignOutView.as_view(), name="sign-out"),
    path("sessions/<str:code>", roleplay.room, name="room"),
    path("sessions/<str:code>/feedback", roleplay.feedback, name="feedback"),
    path("sessions/<str:code>/result", roleplay.result, name="result"),
    path("administration/sessions", administration.sessions, name="sessions"),
    path("administration/sessions/new", administration.pair, name="pair"),
    path("administration/people", administration.people, name="people"),
    path("administration/people/new", administration.new_person, name="new-person"),
    path("administration/people/<int:pk>", administration.person, name="person"),
    path("administration/people/<int:pk>/link", administration.new_link, name="new-link"),
    path("administration/export.zip", administration.export, name="export"),
    path("language/", include("django.conf.urls.i18n")),
    path("health", health, name="health"),
]

handler400 = "kokorochat.web.refusals.bad_request"
handler403 = "kokorochat.web.refusals.forbidden"
handler404 = "kokorochat.web.refusals.not_found"
handler500 = "kokorochat.web.refusals.failed"
