"""A Django project with a database, and somebody who looks after it."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared_validator.vault import new_key
from tests.store.conftest import with_people
from tests.store.crew import OpenStore
from tests.store.django import stores


@pytest.fixture(params=["django_sqlite", "django_postgresql"])
def open_store(request: pytest.FixtureRequest) -> OpenStore:
    """Return what opens the store of this test, in this process and in others."""
    return with_people(request.getfixturevalue(f"open_{request.param}"))


@pytest.fixture
def project(migrated_django_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The store of a project, in its default database."""
    shutil.copy(migrated_django_file, tmp_path / "django.sqlite3")
    alias = stores.add_database(stores.sqlite(tmp_path / "django.sqlite3"), "default")
    monkeypatch.setenv("OAUTH_ISSUER", "https://provider.example")
    monkeypatch.setenv("OAUTH_SECRET_KEY", new_key())
    from shared_validator.store.django.store import DjangoStore

    yield DjangoStore()
    stores.close(alias)


class Staff:
    """Somebody at the admin site, with a browser that sends the CSRF token of the page it shows."""

    def __init__(self, user: Any) -> None:
        from django.test import Client

        self.user = user
        self.browser = Client(enforce_csrf_checks=True)
        self.browser.force_login(user)

    def looks_at(self, path: str, **query: str) -> str:
        """Return the page at a path of the admin site."""
        response = self.browser.get(f"/admin/{path}", query)
        assert 200 == response.status_code
        return html.unescape(response.content.decode())

    def sends(self, path: str, /, **fields: Any) -> Any:
        """Return the answer to the form of a page."""
        form = self.browser.get(f"/admin/{path}").content.decode()
        (token, *_) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        return self.browser.post(f"/admin/{path}", {"csrfmiddlewaretoken": token, **fields})

    def does(self, path: str, action: str, *keys: Any) -> Any:
        """Return the answer to an action on the selected records of a list."""
        return self.sends(path, action=action, _selected_action=[str(key) for key in keys])


@pytest.fixture
def staff(project: Any) -> Staff:
    """A superuser at the admin site."""
    from django.contrib.auth.models import User

    return Staff(User.objects.create_superuser("root"))
