"""A consumer in a Django project, for ``INSTALLED_APPS``: ``"shared_validator.django.consumer"``.

It brings the tables of ``DjangoConsumerStore`` and the checks that concern a consumer.
"""
