"""The WSGI application: the stylesheet and the health check, around Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from accounts.consumer import consumer  # noqa: E402 - Django has to be set up first

application = consumer.wsgi(application)
