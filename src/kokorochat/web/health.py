"""Whether the platform can serve: for load balancers, scripts and the demo's start."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from kokorochat.web.brake import Limit, limited
from kokorochat.web.signs import workers

POLLS = Limit("health, address", 600, 60)
"""A load balancer asks every few seconds; a start asks twenty times a second."""


@require_safe
@limited(POLLS)
def health(request: HttpRequest) -> HttpResponse:
    """200 if the database answers. `workers`: how many look after the platform's duties; 0 where there are none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok", "workers": workers()})
