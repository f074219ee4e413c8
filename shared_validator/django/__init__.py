"""A provider in a Django project, for ``INSTALLED_APPS``: ``"shared_validator.django"``.

It adds the tables of ``DjangoStore``, admin pages, checks, a password hasher and
``manage.py oauth``. For a project that is only a consumer, install
``"shared_validator.django.consumer"``.
"""
