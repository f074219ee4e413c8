"""The API that the authorization server protects."""

import time

from django.http import JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from api.decorators import requires
from api.models import Note
from api.note_text import as_json, read_text
from authorization.provider import provider
from shared_validator.django.views import to_request


@method_decorator(csrf_exempt, name="dispatch")  # it ignores cookies
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
        found = Note.objects.filter(user_id=request.token.subject).order_by("note_id")
        return JsonResponse({"notes": [as_json(note) for note in found]})

    @method_decorator(requires("notes:write"))
    def post(self, request):
        note = Note.objects.create(
            user_id=request.token.subject,
            text=read_text(to_request(request)),
            created_at=int(time.time()),
        )
        return JsonResponse(as_json(note), status=201)
