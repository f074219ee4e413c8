"""A pytest plugin that prints a line for each route instead of dots: what ``nox -s check`` shows."""

from __future__ import annotations

import pytest

from tests.driving.frameworks import having

_ROUTES = "tests/conformance/test_routes.py"
_WIDTH = 120


def pytest_configure(config: pytest.Config) -> None:
    """Check exactly one framework."""
    wanted = config.option.framework or ()
    if len(wanted) != 1 or wanted[0] not in having():
        raise pytest.UsageError(f"name one framework: nox -s check -- NAME, with one of: {', '.join(having())}")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Checklist(wanted[0]), "checklist")


class Checklist:
    """Prints a route as soon as its test has run, and the tests of the edge at the end."""

    def __init__(self, framework: str) -> None:
        self._framework = framework
        self._first: pytest.TestReport | None = None
        self._edge: dict[str, list[pytest.TestReport]] = {}

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Print where pytest prints."""
        self._terminal: pytest.TerminalReporter = session.config.pluginmanager.getplugin("terminalreporter")

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Print no dots."""
        return (report.outcome, "", "") if report.when == "call" or report.failed else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print a route, or keep what a raw request came to."""
        if report.when != "call" and not report.failed:
            return
        self._first = self._first or (report if report.failed else None)
        file, _, test = report.nodeid.partition("@")[0].partition("::")
        name, _, row = test.partition("[")
        if file == _ROUTES:
            role = name.rpartition("_")[2]
            self._print(f"{role}: {row.removeprefix(f'{self._framework}-').removesuffix(']')}", [report])
        else:
            self._edge.setdefault(name.removeprefix("test_").replace("_", " "), []).append(report)

    def pytest_terminal_summary(self) -> None:
        """Print whether raw requests and responses pass through the example, and the first failure in full."""
        for name, reports in self._edge.items():
            self._print(f"edge: {name}", reports)
        if self._first:
            self._terminal.section(f"the first failure: {self._first.nodeid}")
            self._terminal.write_line(self._first.longreprtext)

    def _print(self, name: str, reports: list[pytest.TestReport]) -> None:
        failed = [report for report in reports if report.failed]
        count = f" ({len(failed)} of {len(reports)})" if failed and len(reports) > 1 else ""
        crash = getattr(failed[0].longrepr, "reprcrash", None) if failed else None
        reason = f": {crash.message.splitlines()[0][:_WIDTH]}" if crash else ""
        self._terminal.write_line(f"{'✗' if failed else '✓'} {name}{count}{reason}")
