"""What holds for many answers, said once."""

from __future__ import annotations

import httpx2

from tests.driving.browser import outcome


def is_page(answer: httpx2.Response, status: int = 200) -> None:
    """A page for a person, which no cache keeps, and no other site can frame, sniff or learn from (CONTRACT.md, "Pages")."""
    assert status == answer.status_code, answer.text[:500]
    assert "text/html; charset=utf-8" == answer.headers["content-type"]
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert "referrer-policy" in answer.headers
    is_not_stored(answer)
    assert "access-control-allow-origin" not in answer.headers
    assert 1 == len(answer.headers.get_list("content-security-policy"))


def is_json(answer: httpx2.Response, status: int = 200) -> None:
    """A machine's answer."""
    assert status == answer.status_code, answer.text[:500]
    assert "application/json" == answer.headers["content-type"].partition(";")[0]


def is_not_stored(answer: httpx2.Response) -> None:
    """An answer that no cache keeps (RFC 6749 §5.1, RFC 9111 §5.2.2.5)."""
    assert "no-store" in answer.headers["cache-control"]


def is_refused(answer: httpx2.Response, error: str, status: int = 400) -> None:
    """An OAuth error as a machine reads it (RFC 6749 §5.2)."""
    is_json(answer, status)
    body = answer.json()
    assert error == body["error"], body
    assert isinstance(body.get("error_description", ""), str)
    if error == "invalid_client":
        assert answer.headers["www-authenticate"].startswith("Basic realm=")


def is_sent_back(answer: httpx2.Response, error: str, state: str | None, issuer: str) -> None:
    """An error that the browser takes to the client, with the state and the issuer (RFC 6749 §4.1.2.1, RFC 9207 §2)."""
    found = outcome(answer)
    assert error == found.get("error"), found
    assert state == found.get("state")
    assert issuer == found["iss"]
    assert "code" not in found
