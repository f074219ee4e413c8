"""The command ``check``."""

from __future__ import annotations

import time
from collections.abc import Callable

from shared_validator.operations.job import Job
from shared_validator.operations.keys import check_sealed
from shared_validator.settings import Settings
from shared_validator.store import StoreUnavailable
from shared_validator.vault import VaultError

CLOCK_SECONDS = 5
"""How far this machine's clock and the database's may differ."""


class CheckFailed(Exception):
    """A check has found a problem. The message is the whole report, one line for each check."""


def check(job: Job) -> str:
    """``check``. Opening the store has checked its schema.

    Raises:
        CheckFailed: there is a problem.
    """
    lines, failed = ["ok: the database has the schema of this version"], False
    for step in (_check_settings, check_sealed, _check_clock):
        line, is_problem = _run(step, job)
        lines.append(line)
        failed |= is_problem
    if failed:
        raise CheckFailed("\n".join(lines))
    return "\n".join(lines)


def _run(step: Callable[[Job], str], job: Job) -> tuple[str, bool]:
    try:
        return f"ok: {step(job)}", False
    except (ValueError, OSError, VaultError, StoreUnavailable) as error:
        return f"problem: {error}", True


def _check_settings(job: Job) -> str:
    if getattr(job.options, "consumer", False):
        from shared_validator.consumer.settings import ConsumerSettings  # noqa: PLC0415 - a provider may be installed without it

        ConsumerSettings.from_environ(job.environ)
    else:
        Settings.from_environ(job.environ)
    return "the settings are accepted"


def _check_clock(job: Job) -> str:
    ahead = time.time() - job.store.time()
    if abs(ahead) > CLOCK_SECONDS:
        raise ValueError(
            f"the clock of this machine is {abs(ahead):.0f} seconds"
            f" {'ahead of' if ahead > 0 else 'behind'} the database's: synchronise both (NTP)"
        )
    return "the clocks of this machine and the database agree"
