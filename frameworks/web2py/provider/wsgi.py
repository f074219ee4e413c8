"""The WSGI application: the endpoints that only machines call, around web2py."""

from home import web2py

pages = web2py("provider")

from applications.provider.modules.oauth import provider  # noqa: E402 - web2py comes first

application = provider.wsgi(pages)
