"""An application in FastAPI whose users sign in with a provider."""

import httpx2
from fastapi import Request

import pages
import web
from shared_validator import AsyncConsumer, ConsumerSettings, SQLConsumerStore, respond
from shared_validator.consumer import api_failure


def create_app():
    settings, store = ConsumerSettings.from_environ(), SQLConsumerStore.from_environ()
    consumer = AsyncConsumer(settings, store)
    # Cookies ignore ports: a provider needs another name.
    app = web.create_app(settings, store, "consumer_session", openapi_url=None)
    app.state.consumer = consumer
    app.add_exception_handler(httpx2.HTTPError, api_failed)
    app.include_router(pages.router)
    return consumer.asgi(app)  # the stylesheet and the health check


async def api_failed(request: Request, error: httpx2.HTTPError):
    return web.send(respond(api_failure(error), page=True))


app = create_app()
