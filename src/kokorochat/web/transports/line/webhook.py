"""The address that LINE calls."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kokorochat.web.bodies import LARGEST_BODY
from kokorochat.web.transports.line import inbox
from kokorochat.web.transports.line.door import behind_the_door
from kokorochat.web.transports.line.signature import is_genuine


@csrf_exempt  # the signature tells that it comes from LINE
@behind_the_door
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Store what LINE brings and answer at once; 400 if it is not from LINE, and nothing is stored.

    If it can't be stored, the answer is an error, and LINE brings it again.
    """
    body = request.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        return HttpResponse(status=413)
    if not is_genuine(settings.LINE_SECRET, body, request.headers.get("x-line-signature")):
        return HttpResponse(status=400)
    inbox.store(body)
    return HttpResponse()
