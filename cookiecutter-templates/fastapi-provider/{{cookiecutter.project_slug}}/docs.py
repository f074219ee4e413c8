"""Swagger UI, whose button "Authorize" signs in at this provider."""

import base64
import hashlib
import re

from fastapi import APIRouter, Request
from fastapi.openapi import docs
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from pydantic_settings import BaseSettings

from shared_validator import pages
from web import GET


class DocsSettings(BaseSettings):
    """Settings of the documentation, from the environment."""

    docs_client_id: str = ""

    @property
    def init_oauth(self) -> dict:
        """What Swagger UI needs to sign in."""
        client = {"clientId": self.docs_client_id}
        return client | {"usePkceWithAuthorizationCodeGrant": True}


router = APIRouter(include_in_schema=False)
# A script from a CDN (FastAPI's default) could press "Allow" for a signed-in visitor.
files = StaticFiles(packages=[("fastapi_swagger", "resources")])
router.mount("/docs/files", files, name="docs_files")


def protected(page: HTMLResponse) -> HTMLResponse:
    """Return a page that runs only its own scripts and loads only this site's files."""
    inline = re.findall(rb"<script>(.*?)</script>", page.body, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script).digest()) for script in inline]
    hashes = " ".join(f"'sha256-{digest.decode()}'" for digest in digests)
    policy = (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    headers = dict(pages.SECURITY_HEADERS) | {"Content-Security-Policy": policy}
    return HTMLResponse(page.body, headers=headers)


@router.api_route("/docs", methods=GET)
async def swagger_ui(request: Request):
    files = request.url_for("docs_files", path="/").path
    page = docs.get_swagger_ui_html(
        openapi_url=request.url_for("openapi").path,
        title="API documentation",
        swagger_js_url=f"{files}swagger-ui-bundle.js",
        swagger_css_url=f"{files}swagger-ui.css",
        swagger_favicon_url=f"{files}favicon-32x32.png",
        oauth2_redirect_url=request.url_for("oauth2_redirect").path,
        init_oauth=request.app.swagger_ui_init_oauth,
    )
    return protected(page)


@router.api_route("/docs/oauth2-redirect", methods=GET)
async def oauth2_redirect():
    """Pass the code to the window that asked for it."""
    return protected(docs.get_swagger_ui_oauth2_redirect_html())
