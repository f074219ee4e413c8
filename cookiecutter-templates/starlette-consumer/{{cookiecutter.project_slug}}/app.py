"""{{ cookiecutter.description.removesuffix('.') }}."""

{% if " own " in cookiecutter.__providers %}import httpx2
{% endif %}from starlette.responses import RedirectResponse

from shared_validator import (
    AsyncConsumer,
    ConsumerSettings,
    Refused,
    SQLConsumerStore,
    redirect,
)
{% if " own " in cookiecutter.__providers %}from shared_validator.consumer import api_failure
{% endif %}from shared_validator.edge.sessions import ConsumerSession
from web import PageRoute, new_app, page, received, send

settings = ConsumerSettings.from_environ()
store = SQLConsumerStore.from_environ()
consumer = AsyncConsumer(settings, store)


async def current_login(request):
    """Return this visitor's login, or `None`. The cookie holds only its ID."""
    return await consumer.login(ConsumerSession(request.session).login_id)


async def required_login(request):
    """Return this visitor's login. Without one, redirect to the home page."""
    login = await current_login(request)
    if login is None:
        raise Refused(redirect(request.url_for("home").path))
    return login


async def home(request):
    login = await current_login(request)
    context = {"providers": consumer.providers, "login": login}
    return page(request, "consumer_home.html", context)


async def login(request):
    """Send the browser to the provider. Only this browser can complete the sign-in."""
    browser = ConsumerSession(request.session).browser
    url = await consumer.start(request.path_params["provider"], browser)
    return send(redirect(url))


async def callback(request):
    """Handle the provider's response, and start a new session for its user."""
    visit = ConsumerSession(request.session)
    name = request.path_params["provider"]
    login = await consumer.finish(name, received(request), visit.browser)
    visit.begin(login.login_id)
    return RedirectResponse(request.url_for("profile").path, 303)


async def profile(request):
    login = await required_login(request)
    context = {"providers": consumer.providers, "login": login, "claims": login.claims}
    return page(request, "consumer_profile.html", context)


{% if " own " in cookiecutter.__providers %}async def notes(request):
    """Call the provider's API for the user, and report a call that fails."""
    login = await required_login(request)
    try:
        async with await consumer.session(login.login_id) as api:
            return await list_or_add(request, api)
    except httpx2.HTTPError as error:
        raise api_failure(error) from error


async def list_or_add(request, api):
    """Read the user's notes through the provider's API, or write one."""
    text, status, error = "", 200, None
    if request.method == "POST":
        async with request.form() as form:
            text = form.get("text", "")
        answer = await api.post("/api/notes", data={"text": text})
        if answer.is_success:
            return RedirectResponse(request.url_for("notes").path, 303)
        if answer.status_code != 400:
            answer.raise_for_status()
        status, error = 400, answer.json()["error_description"]
    found = (await api.get("/api/notes")).raise_for_status().json()["notes"]
    context = {"notes": found, "text": text, "error": error}
    return page(request, "consumer_notes.html", context, status)


{% endif %}async def logout(request):
    """End the session, then go to the provider's sign-out page if it has one."""
    elsewhere = await consumer.log_out(ConsumerSession(request.session).end())
    return send(redirect(elsewhere or request.url_for("home").path, 303))


routes = [
    PageRoute("/", home),
    PageRoute("/login/{provider}", login, methods=["POST"]),
    PageRoute("/callback/{provider}", callback),
    PageRoute("/profile", profile),
{% if " own " in cookiecutter.__providers %}    PageRoute("/notes", notes, methods=["GET", "POST"]),
{% endif %}    PageRoute("/logout", logout, methods=["POST"]),
]
# Cookies ignore ports: a provider on this host needs another name.
app = new_app(settings, store, "consumer_session", routes)
app = consumer.asgi(app)  # the stylesheet and the health check
