"""Recognising the driver's errors that mean that the database cannot be used right now."""

from __future__ import annotations

import os
import sqlite3

from shared_validator.store.errors import RolledBack, StoreUnavailable

_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
_ROLLED_BACK = ("40001", "40P01")
"""PostgreSQL's codes for a serialization failure and a deadlock."""

_POSTGRESQL = (*_ROLLED_BACK, "08", "25006", "25P03", "53", "57", "58", "55P03")
"""Codes for the connection, a server that only reads, resources, intervention, the system and locks.

A server only reads while another one takes over from it. The codes are from PostgreSQL, appendix A.
Without a code, the driver has not reached the server.
"""


def is_unavailable(error: BaseException | None) -> bool:
    """Return whether an error of ``sqlite3`` or ``psycopg`` means that the database is unavailable.

    An error that would always happen again, such as a missing table, does not.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE
    state: str | None = getattr(error, "sqlstate", None)
    if state is not None:
        return state.startswith(_POSTGRESQL)
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return bool(kinds & {"OperationalError", "InterfaceError"})


def store_unavailable(error: BaseException | None) -> StoreUnavailable:
    """Return what to raise for an error that ``is_unavailable`` recognises."""
    rolled_back = getattr(error, "sqlstate", None) in _ROLLED_BACK
    kind = RolledBack if rolled_back else StoreUnavailable
    return kind(f"the database cannot be used: {error}")


def file_identity(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """Return what tells a file from another one that takes its place; ``None`` if it is missing."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
