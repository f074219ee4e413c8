"""The consumer, made once for all requests, and the way of a request to it and of a response back."""

from gluon import HTTP, current

from shared_validator import http
from shared_validator.consumer import Consumer, ConsumerSettings
from shared_validator.store.sql import SQLStore

settings = ConsumerSettings.from_environ()
store = SQLStore.from_environ()
consumer = Consumer(settings, store)


def to_request():
    """Return the current request as it arrived: `request.env` has it in capitals, and what routes.py made of it in small letters."""
    request = current.request
    request.body.seek(0)
    return http.Request.from_wsgi(dict(request.env), request.body.read())


def to_web2py(response):
    """Return a response for `raise`. It is sent as it stands: `redirect()` would choose another status, and a header may be there twice."""
    headers = {}
    for name, value in response.headers:
        headers.setdefault(name, []).append(value)
    return HTTP(response.status, response.body, **headers)
