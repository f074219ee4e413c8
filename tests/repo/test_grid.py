"""What came of the flows is shown and written so that a person and a program can rely on it."""

import datetime
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from frameworks.grid import OK, Absence, Grid
from frameworks.manifests import Manifest
from frameworks.sources import Source

BOTH = {"oauth1": OK, "openid": OK}
FIRST = Manifest(
    folder=Path("frameworks/first"),
    title="The First",
    package="first",
    kind="wsgi",
    roles=("provider", "consumer"),
    server=("{port}",),
    client_address="a middleware",
    dependencies=(),
    status="active",
)
OLD = replace(
    FIRST,
    folder=Path("frameworks/old"),
    title="Oldie",
    status="legacy",
    reason="its last release is old",
    review=datetime.date(2999, 1, 1),
    source=Source(variable="OLD_HOME", archive="https://code.example/old.tar.gz", keep="old", sha256="0" * 64),
)
BROKEN = replace(OLD, folder=Path("frameworks/broken"), title="Broken", status="broken", reason="it does not start")


def grid(flows, *others, absent=None):
    """Return the results of these flows of FIRST and others."""
    return Grid({one.name: one for one in (FIRST, *others)}, {"first": {"first": "1.2"}}, absent or {}, flows)


def everybody(**changed):
    """Return the flows of FIRST and OLD, each successful, except for what is given for OLD at FIRST."""
    names = ("first", "old")
    return {(consumer, provider): BOTH for consumer in names for provider in names} | {("old", "first"): BOTH | changed}


def test_a_whole_grid_has_both_flows_in_each_cell():
    """Rows are consumers, columns providers; a framework that is not active says why."""
    results = grid(everybody(), OLD)
    assert [
        "consumer \\ provider  The First  Oldie",
        "The First            both       both",
        "Oldie                both       both",
    ] == results.table().splitlines()
    assert ["Oldie is legacy: its last release is old (review on 2999-01-01)"] == list(results.reasons())
    assert results.whole


def test_a_flow_that_fails_is_seen_in_its_cell_and_told():
    """One protocol that fails is named in the cell; the reason has a line, and the grid is not whole."""
    results = grid(everybody(openid="somebody stumbled"), OLD)
    assert "Oldie                no openid  both" == results.table().splitlines()[2]
    assert "Oldie at The First, OAuth 2.1 and OpenID Connect: somebody stumbled" == list(results.reasons())[-1]
    assert not results.whole


def test_a_pair_that_cannot_sign_in_at_all_is_seen():
    """Two protocols that fail leave neither, and two reasons."""
    results = grid(everybody(oauth1="no music", openid="no music"), OLD)
    assert "Oldie                neither    both" == results.table().splitlines()[2]
    assert [
        "Oldie at The First, OAuth 1.0a: no music",
        "Oldie at The First, OAuth 2.1 and OpenID Connect: no music",
    ] == list(results.reasons())[-2:]


@pytest.mark.parametrize("excused", [True, False])
def test_what_was_not_served_leaves_its_row_and_column_empty(excused):
    """It is told once for each example; only what cannot be had here does not count as a failure."""
    absent = {("old", role): Absence("it does not wake up", excused) for role in OLD.roles}
    results = grid({("first", "first"): BOTH}, OLD, absent=absent)
    assert ["The First            both", "Oldie"] == results.table().splitlines()[1:]
    assert ["Oldie provider: it does not wake up", "Oldie consumer: it does not wake up"] == list(results.reasons())[1:]
    assert excused == results.whole


def test_a_broken_framework_is_shown_and_does_not_count():
    """Its manifest says why, until the date of its review."""
    results = grid({("first", "first"): BOTH}, BROKEN)
    assert ["Broken is broken: it does not start (review on 2999-01-01)"] == list(results.reasons())
    assert results.whole


def test_a_grid_without_flows_is_not_whole():
    """Nothing that was tested is no success."""
    assert not grid({}, BROKEN).whole


def test_the_results_as_json():
    """A framework's status, versions and absences, and each cell by protocol; the same results are the same text."""
    absent = {("old", "provider"): Absence("it does not wake up", excused=False)}
    results = grid({("first", "first"): BOTH, ("old", "first"): BOTH | {"oauth1": "somebody stumbled"}}, OLD, absent=absent)
    expected = {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "frameworks": {
            "first": {
                "title": "The First",
                "status": "active",
                "reason": None,
                "review": None,
                "source": None,
                "versions": {"first": "1.2"},
                "not_served": {},
            },
            "old": {
                "title": "Oldie",
                "status": "legacy",
                "reason": "its last release is old",
                "review": "2999-01-01",
                "source": "https://code.example/old.tar.gz",
                "versions": {},
                "not_served": {"provider": "it does not wake up"},
            },
        },
        "flows": {
            "first": {"first": {"oauth1": "ok", "openid": "ok"}, "old": {}},
            "old": {"first": {"oauth1": "somebody stumbled", "openid": "ok"}, "old": {}},
        },
    }
    assert expected == json.loads(results.as_json())
    again = Grid(dict(reversed(results.frameworks.items())), results.versions, results.absent, dict(reversed(results.flows.items())))
    assert results.as_json() == again.as_json()
