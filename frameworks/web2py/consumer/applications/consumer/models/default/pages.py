"""What holds for each page: the token of its forms, what becomes of a failure, and its headers."""

import secrets

import httpx2
from applications.consumer.modules.oauth import settings, to_request, to_web2py

from shared_validator import http, pages
from shared_validator.consumer import ConsumerError, api_failure

# web2py's own form keys are used up by the first try: the second one to sign in, and a second form of a page, would be refused.
session.csrf_token = session.csrf_token or secrets.token_urlsafe()


def checked(action):
    """Run the action of a page: without the token of its form, a POST may come from another site."""
    asked = to_request()
    if asked.method == "POST" and response.session_new:
        session.forget(response)  # another site's form comes without the cookie: a new one would take the place of the visitor's own
    try:
        if asked.method == "POST" and not pages.csrf_valid(asked, session.csrf_token):
            raise to_web2py(pages.out_of_date())
        return action()
    except http.BadRequest as error:
        raise to_web2py(pages.refusal(str(error))) from error
    except ConsumerError as error:
        raise failed(400 if request.function == "callback" else 502, "The sign-in has failed", error) from error
    except httpx2.HTTPError as error:
        raise failed(502, "Your data cannot be reached", api_failure(error)) from error
    finally:
        if settings.url.startswith("https:"):
            session.secure()  # at the end: a session that is renewed has forgotten it


def failed(status, title, error):
    return to_web2py(pages.render("consumer_error.html", status, title=title, detail=str(error)))


response._caller = checked
response.headers.clear()
response.headers.update(pages.SECURITY_HEADERS)
