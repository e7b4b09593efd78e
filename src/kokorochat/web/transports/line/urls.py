"""The addresses of the LINE door."""

from django.urls import path

from kokorochat.web.transports.line import views
from kokorochat.web.transports.line.webhook import webhook

urlpatterns = [
    path("line", views.link, name="line"),
    path("line/unlink", views.unlink, name="line-unlink"),
    path("line/webhook", webhook, name="line-webhook"),
    path("administration/line", views.overview, name="line-overview"),
]
