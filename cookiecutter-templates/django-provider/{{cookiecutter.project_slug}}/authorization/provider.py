"""The authorization server, over Django's database and users."""

from django.conf import settings

from shared_validator.provider import Provider
from shared_validator.store.django.store import DjangoStore

store = DjangoStore()
provider = Provider(settings.OAUTH, store, scopes={"notes:read": "Read your notes", "notes:write": "Write notes for you"})
