"""Sign-ins and links that are over go; those that hold stay."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session as SignIn
from django.utils import timezone

from kokorochat.web import forgetting
from kokorochat.web.accounts.actions import make_sign_in_link
from kokorochat.web.accounts.models import SignInLink
from kokorochat.web.worker import duties


def test_only_what_is_over_goes(aoi, midori, signed_in):
    signed_in(aoi)
    signed_in(midori)
    make_sign_in_link(None, aoi)
    token = make_sign_in_link(None, midori)
    over = timezone.now() - timedelta(seconds=1)
    kept = SignIn.objects.order_by("pk").last()
    SignIn.objects.exclude(pk=kept.pk).update(expire_date=over)
    SignInLink.objects.filter(person=aoi).update(expires_at=over)
    assert not forgetting.forget_sign_ins()
    assert list(SignIn.objects.all()) == [kept]
    assert [link.person for link in SignInLink.objects.all()] == [midori]
    assert signed_in().get(f"/sign-in/{token}").status_code == 302


@pytest.mark.django_db
def test_many_go_in_steps(monkeypatch):
    monkeypatch.setattr(forgetting, "MOST_AT_ONCE", 3)
    over = timezone.now() - timedelta(days=1)
    SignIn.objects.bulk_create(SignIn(session_key=f"{n}", session_data="", expire_date=over) for n in range(7))
    assert [forgetting.forget_sign_ins() for _ in range(3)] == [True, True, False]
    assert not SignIn.objects.exists()


def test_the_worker_looks_after_it():
    assert forgetting.forget_sign_ins in [duty.work for duty in duties()]
