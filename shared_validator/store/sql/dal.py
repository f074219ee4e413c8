"""``DATABASE_URL`` as a URI for pydal, web2py's database abstraction layer."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import make_url

from shared_validator.store.sql.database import engine


def dal_uri(database_url: str) -> str:
    """Return the URI of the same database for ``DAL(uri, decode_credentials=True)``.

    Args:
        database_url: the URL for ``SQLStore``.

    Raises:
        SettingsError: the URL is neither a SQLite file nor a PostgreSQL database.
    """
    engine(database_url)
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return f"sqlite://{Path(str(url.database)).absolute()}"
    credentials = ":".join(quote(part or "", safe="") for part in (url.username, url.password))
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    directory = query.get("host", "")
    if directory.startswith("/"):
        socket = f"{directory}/.s.PGSQL.{query.get('port') or url.port or 5432}"
        return f"postgres://{credentials}@/{url.database}?unix_socket={socket}"
    host = f"[{url.host}]" if ":" in (url.host or "") else url.host or "localhost"
    sslmode = f"?sslmode={query['sslmode']}" if "sslmode" in query else ""
    return f"postgres://{credentials}@{host}:{url.port or 5432}/{url.database}{sslmode}"
