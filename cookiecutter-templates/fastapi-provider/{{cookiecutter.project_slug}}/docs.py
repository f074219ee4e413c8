"""Swagger UI, whose button "Authorize" signs in at this provider as any other public client does: by a code with PKCE."""

import base64
import hashlib
import os
import re

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html, get_swagger_ui_oauth2_redirect_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from shared_validator import pages

router = APIRouter(include_in_schema=False)
# FastAPI's page would load the files from a CDN, whose scripts could then press "Allow" for a signed-in visitor.
router.mount("/docs/files", StaticFiles(packages=[("fastapi_swagger", "resources")]))


def protected(page: HTMLResponse) -> HTMLResponse:
    """Return a page that runs its own scripts and nothing else, and loads nothing from elsewhere."""
    inline = re.findall(rb"<script>(.*?)</script>", page.body, re.DOTALL)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" for script in inline)
    policy = (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(page.body, headers=dict(pages.SECURITY_HEADERS) | {"Content-Security-Policy": policy})


@router.head("/docs")
@router.get("/docs")
def swagger_ui() -> HTMLResponse:
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="API documentation",
        swagger_js_url="/docs/files/swagger-ui-bundle.js",
        swagger_css_url="/docs/files/swagger-ui.css",
        swagger_favicon_url="/docs/files/favicon-32x32.png",
        oauth2_redirect_url="/docs/oauth2-redirect",
        init_oauth={"clientId": os.environ.get("DOCS_CLIENT_ID", ""), "usePkceWithAuthorizationCodeGrant": True},
    )
    return protected(page)


@router.head("/docs/oauth2-redirect")
@router.get("/docs/oauth2-redirect")
def oauth2_redirect() -> HTMLResponse:
    """Hand the code to the window that asked for it."""
    return protected(get_swagger_ui_oauth2_redirect_html())
