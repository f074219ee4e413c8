"""What only machines call."""

from applications.provider.modules.oauth import provider, to_request, to_web2py

ENDPOINTS = {endpoint.name: endpoint.handler for endpoint in provider.endpoints}


def endpoint():
    """Answer with an endpoint that every provider shares: token, metadata, keys, revocation and so on."""
    raise to_web2py(ENDPOINTS[request.args(0)](to_request()))
