"""A provider in a Django project, for ``INSTALLED_APPS``: ``"shared_validator.django"``.

It brings the tables of ``DjangoStore``, admin pages, checks, a password hasher and
``manage.py oauth``. A project that is only a consumer installs ``"shared_validator.django.consumer"``.
"""
