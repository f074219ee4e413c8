"""The suite's own means, without a server: a check that never fails would check nothing."""

from __future__ import annotations

import pytest

from frameworks import contract
from tests.driving.registry import Visit, unvisited

VISITED = Visit("flask", "provider", "GET", "/account", refused=False)


def test_a_route_that_nobody_visited_is_found() -> None:
    """A route is visited by its own method, role and framework, and by an answer that is no refusal."""
    routes = [("GET", "/account")]
    assert [] == unvisited(routes, "flask", "provider", {VISITED})
    for change in ({"framework": "bottle"}, {"role": "consumer"}, {"method": "POST"}, {"path": "/account/"}, {"refused": True}):
        assert ["flask provider: GET /account"] == unvisited(routes, "flask", "provider", {VISITED._replace(**change)})


def test_a_placeholder_stands_for_one_segment_of_a_path() -> None:
    """``/login/<provider>`` is visited by any provider's name, not by a longer path."""
    routes = [("POST", "/login/<provider>")]
    visit = Visit("flask", "consumer", "POST", "/login/cookbook", refused=False)
    assert [] == unvisited(routes, "flask", "consumer", {visit})
    assert 1 == len(unvisited(routes, "flask", "consumer", {visit._replace(path="/login/")}))
    assert 1 == len(unvisited(routes, "flask", "consumer", {visit._replace(path="/login/cookbook/more")}))


def test_a_contract_that_cannot_be_read_fails(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A heading that is no route, or a role without routes, is an error and not an empty list."""
    for text in ("", "## Provider\n", "## Provider\n### the token endpoint\n"):
        broken = tmp_path / "CONTRACT.md"  # type: ignore[operator]
        broken.write_text(text)
        monkeypatch.setattr(contract, "CONTRACT", broken)
        with pytest.raises(ValueError, match=r"CONTRACT\.md"):
            contract.routes("provider")
