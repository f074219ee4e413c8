"""The WSGI application: the endpoints that only machines call, around Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from authorization.provider import provider  # noqa: E402 - Django has to be set up first

application = provider.wsgi(application)
