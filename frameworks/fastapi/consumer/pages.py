"""The pages: sign in, sign out, and the user's data at the provider."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse

from dependencies import (
    ConsumerDep,
    CurrentLogin,
    NotesAPI,  # feature: notes
    RequiredLogin,
    Visit,
)
from shared_validator import redirect
from web import GET, Incoming, check_csrf, page, send

router = APIRouter(dependencies=[Depends(check_csrf)])


@router.api_route("/", methods=GET)
async def home(request: Request, consumer: ConsumerDep, login: CurrentLogin):
    shown = {"providers": consumer.providers, "login": login}
    return page(request, "consumer_home.html", **shown)


@router.post("/login/{provider}")
async def login(provider: str, consumer: ConsumerDep, visit: Visit):
    """Send the browser to the provider. Only this browser can complete the sign-in."""
    return send(redirect(await consumer.start(provider, visit.browser)))


@router.api_route("/callback/{provider}", methods=GET)
async def callback(
    request: Request,
    provider: str,
    incoming: Incoming,
    consumer: ConsumerDep,
    visit: Visit,
):
    """Handle the provider's response, and start a new session for its user."""
    login = await consumer.finish(provider, incoming, visit.browser)
    visit.begin(login.login_id)
    return RedirectResponse(request.url_for("profile").path, 303)


@router.api_route("/profile", methods=GET)
async def profile(request: Request, consumer: ConsumerDep, login: RequiredLogin):
    shown = {"providers": consumer.providers, "login": login, "claims": login.claims}
    return page(request, "consumer_profile.html", **shown)


# feature: notes (begin)
@router.api_route("/notes", methods=[*GET, "POST"])
async def notes(request: Request, api: NotesAPI, text: Annotated[str, Form()] = ""):
    """Read the user's notes through the provider's API, or write one."""
    status, error = 200, None
    if request.method == "POST":
        answer = await api.post("/api/notes", data={"text": text})
        if answer.is_success:
            return RedirectResponse(request.url_for("notes").path, 303)
        if answer.status_code != 400:
            answer.raise_for_status()
        status, error = 400, answer.json()["error_description"]
    found = (await api.get("/api/notes")).raise_for_status().json()["notes"]
    shown = {"notes": found, "text": text, "error": error}
    return page(request, "consumer_notes.html", status, **shown)


# feature: notes (end)
@router.post("/logout")
async def logout(request: Request, consumer: ConsumerDep, visit: Visit):
    """End the session, then go to the provider's sign-out page if it has one."""
    elsewhere = await consumer.log_out(visit.end())
    return send(redirect(elsewhere or request.url_for("home").path, 303))
