"""Pages for what no other controller answers."""

from applications.provider.modules.oauth import to_web2py

from shared_validator import http, pages


def index():
    """Say that there is no such page; or, where `routes_onerror` has led here, that something has gone wrong."""
    if request.env.web2py_status_code:
        raise to_web2py(pages.render("error.html", 500, title="Internal Server Error", detail="Something went wrong. Try again later."))
    raise to_web2py(pages.render("error.html", 404, title="Not Found", detail="There is no page at this address."))


def method():
    """Say by which methods this address is called."""
    page = pages.render("error.html", 405, title="Method Not Allowed", detail="This address cannot be called in this way.")
    allow = ("Allow", request.args(0).replace("-", ", "))
    raise to_web2py(http.Response(page.status, (*page.headers, allow), page.body))
