"""Adds an echo endpoint and an echo page to every provider in this Python.

The tests of the edge put this folder on ``PYTHONPATH`` of an example, whose own files stay as they are.
A request with the header ``X-Echo`` gets the response that it describes; any other one is described.
"""

import base64
import json
from functools import wraps

from shared_validator.edge.routes import Endpoint, Page
from shared_validator.http import Response, json_response
from shared_validator.provider import Provider

METHODS = ("GET", "HEAD", "POST")


def _echo(request, csrf_token=None):
    if "x-echo" in request.headers:
        wanted = json.loads(base64.b64decode(request.headers["x-echo"]))
        return Response(wanted["status"], tuple(map(tuple, wanted["headers"])), base64.b64decode(wanted["body"]))
    arrived = {"method": request.method, "url": request.url, "headers": dict(request.headers), "from": request.remote_addr}
    return json_response(arrived | {"csrf_token": csrf_token, "body": base64.b64encode(request.body).decode()})


def _page(request, visitor):
    return _echo(request, visitor.csrf_token)


@wraps(Provider.__init__)
def _init(self, *args, _init=Provider.__init__, **options):
    _init(self, *args, **options)
    self.endpoints += (Endpoint("echo", "/echo", METHODS, _echo),)
    self.pages += (Page("echo_page", "/echoes", METHODS, _page),)


Provider.__init__ = _init
