"""The authorization server, with Django's database and users."""

from django.conf import settings

from shared_validator import Provider
from shared_validator.store.django.store import DjangoStore

store = DjangoStore()
provider = Provider(settings.OAUTH, store, scopes=settings.OAUTH_SCOPES)
