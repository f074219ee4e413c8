"""The notes, as a view of Django REST Framework."""

import time

from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from authorization.provider import store
from shared_validator import notes


class NoteSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=notes.LONGEST, trim_whitespace=False)


class NotesView(APIView):
    read_scope = "notes:read"
    write_scope = "notes:write"

    def get(self, request):
        found = store.notes(request.auth.subject)
        return Response({"notes": [notes.as_json(note) for note in found]})

    def post(self, request):
        serializer = NoteSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        text = serializer.validated_data["text"]
        note = store.add_note(request.auth.subject, text, int(time.time()))
        return Response(notes.as_json(note), status.HTTP_201_CREATED)
