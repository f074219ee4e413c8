"""Recognising the driver's errors that mean that the database cannot be used right now."""

from __future__ import annotations

import sqlite3

_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
_POSTGRESQL = ("08", "53", "57", "58", "55P03")
"""Codes for the connection, resources, operator intervention, system errors and locks.

They are from PostgreSQL, appendix A. Without a code, the driver has not reached the server.
"""


def is_unavailable(error: BaseException | None) -> bool:
    """Return whether an error of ``sqlite3`` or ``psycopg`` means that the database is unavailable.

    An error that would always happen again, such as a missing table, does not.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if not kinds & {"OperationalError", "InterfaceError"}:
        return False
    state = getattr(error, "sqlstate", None)
    return state is None or state.startswith(_POSTGRESQL)
