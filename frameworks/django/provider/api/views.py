"""The API that the authorization server protects."""

import time

from django.http import JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from api.decorators import requires
from authorization.provider import provider, store
from shared_validator import notes
from shared_validator.django.views import to_request


@method_decorator(csrf_exempt, name="dispatch")  # no cookie opens it
class MeView(View):
    """The user of the token."""

    @method_decorator(requires("profile"))
    def get(self, request):
        return JsonResponse(provider.claims(request.token))


@method_decorator(csrf_exempt, name="dispatch")
class NotesView(View):
    """The notes of the user of the token."""

    @method_decorator(requires("notes:read"))
    def get(self, request):
        found = store.notes(request.token.subject)
        return JsonResponse({"notes": [notes.as_json(note) for note in found]})

    @method_decorator(requires("notes:write"))
    def post(self, request):
        text = notes.read_text(to_request(request))
        note = store.add_note(request.token.subject, text, int(time.time()))
        return JsonResponse(notes.as_json(note), status=201)
