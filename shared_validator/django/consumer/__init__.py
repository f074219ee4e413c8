"""A consumer in a Django project, for ``INSTALLED_APPS``: ``"shared_validator.django.consumer"``.

It adds the tables of ``DjangoConsumerStore`` and the checks for a consumer.
"""
