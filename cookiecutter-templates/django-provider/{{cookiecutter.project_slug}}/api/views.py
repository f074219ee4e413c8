"""The API that the authorization server protects."""

import time

from django.http import JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from api.decorators import requires
from authorization.adapter import ExactResponse, to_request
from authorization.provider import provider, store
from shared_validator import http, notes


@method_decorator(csrf_exempt, name="dispatch")
class MeView(View):
    """Who the user of the token is."""

    @method_decorator(requires("profile"))
    def get(self, request):
        return JsonResponse(provider.claims(request.token))


@method_decorator(csrf_exempt, name="dispatch")
class NotesView(View):
    """The notes of the user of the token."""

    @method_decorator(requires("notes:read"))
    def get(self, request):
        return JsonResponse({"notes": [notes.as_json(note) for note in store.notes(request.token.subject)]})

    @method_decorator(requires("notes:write"))
    def post(self, request):
        try:
            text = notes.read_text(to_request(request))
        except http.BadRequest as error:
            return ExactResponse(http.invalid_request(str(error)))
        return JsonResponse(notes.as_json(store.add_note(request.token.subject, text, int(time.time()))), status=201)
