"""The notes, as a view of Django REST Framework."""

import time

from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from api.models import Note
from api.note_text import LONGEST, as_json


class NoteSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=LONGEST, trim_whitespace=False)


class NotesView(APIView):
    read_scope = "notes:read"
    write_scope = "notes:write"

    def get(self, request):
        found = Note.objects.filter(user_id=request.auth.subject).order_by("note_id")
        return Response({"notes": [as_json(note) for note in found]})

    def post(self, request):
        serializer = NoteSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        note = Note.objects.create(
            user_id=request.auth.subject,
            text=serializer.validated_data["text"],
            created_at=int(time.time()),
        )
        return Response(as_json(note), status.HTTP_201_CREATED)
