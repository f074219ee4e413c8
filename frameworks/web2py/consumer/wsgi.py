"""The WSGI application: the stylesheet and the health check, around web2py."""

from home import web2py

pages = web2py("consumer")

from applications.consumer.modules.oauth import consumer  # noqa: E402 - web2py comes first

application = consumer.wsgi(pages)
