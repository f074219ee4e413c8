"""The admin pages of DjangoStore, in a browser that sends CSRF tokens."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared_validator.settings import Settings
from shared_validator.validators.oauth1 import CONSUMER_SECRET
from shared_validator.vault import Vault, digest
from tests.store import samples
from tests.store.django.conftest import Staff
from tests.store.samples import NOW

CLIENT = {
    "client_name": "Shop",
    "redirect_uris": "https://shop.example/cb\r\nhttps://shop.example/other",
    "post_logout_redirect_uris": "",
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": "openid profile",
    "token_endpoint_auth_method": "client_secret_basic",
    "id_token_signed_response_alg": "RS256",
}
CONSUMER = {"name": "Printer", "callbacks": "https://printer.example/ready", "rsa_public_key": ""}
SECRET = re.compile(r"<code>([\w-]{43}|[0-9a-f]{32})</code>")


def _only(model: str) -> Any:
    from django.apps import apps

    return apps.get_model("oauth", model).objects.get()


def test_a_new_client_is_shown_its_secret_once(project: Any, staff: Staff) -> None:
    """On the page that answers, which nothing may keep; the database has its hash, and no other page shows either."""
    answer = staff.sends("oauth/client/add/", **CLIENT)
    identifier, secret = SECRET.findall(answer.content.decode())

    client = project.client(identifier)
    assert digest(secret) == client.client_secret_hash
    assert ("https://shop.example/cb", "https://shop.example/other") == client.redirect_uris
    assert ("openid", "profile") == client.scope
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies.get("messages")
    for page in ("oauth/client/", f"oauth/client/{staff_key(identifier)}/change/", f"oauth/client/{staff_key(identifier)}/history/", ""):
        shown = staff.looks_at(page)
        assert secret not in shown
        assert client.client_secret_hash.hex() not in shown


def staff_key(identifier: str) -> str:
    """Return how an address of the admin site names a record."""
    from django.contrib.admin.utils import quote

    return quote(identifier)


def test_a_public_client_has_no_secret(project: Any, staff: Staff) -> None:
    """RFC 6749 §2.1; and only it may have a private-use scheme."""
    answer = staff.sends("oauth/client/add/", **{**CLIENT, "token_endpoint_auth_method": "none", "redirect_uris": "com.example:/cb"})

    assert 302 == answer.status_code
    assert project.client(_only("Client").client_id).client_secret_hash is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"redirect_uris": "http://shop.example/"}, "must be https"),
        ({"redirect_uris": "com.example:/cb"}, "only a public client"),
        ({"redirect_uris": "https://shop.example/#fragment"}, "fragment"),
        ({"redirect_uris": "https://shop.example/*"}, "wildcard"),
        ({"redirect_uris": "/relative"}, "relative"),
        ({"redirect_uris": "https://shöp.example/"}, "characters that a URI cannot have"),
        ({"redirect_uris": ""}, "needs redirect_uris"),
        ({"redirect_uris": "https://shop.example/" + "x" * 70_000}, "more than 65536 characters"),
        ({"redirect_uris": "https://[shop.example/"}, "is not a URI"),
        ({"redirect_uris": "https://shop.example/\x00"}, "characters that a URI cannot have"),
        ({"post_logout_redirect_uris": "http://shop.example/"}, "must be https"),
        ({"client_name": "a\u202eb"}, "client_name"),
        ({"grant_types": ["password"]}, "Select a valid choice"),
        ({"grant_types": []}, "This field is required"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "Select a valid choice"),
    ],
)
def test_what_may_not_be_registered_is_refused_at_the_form(project: Any, staff: Staff, changed: dict[str, Any], message: str) -> None:
    """By the rules of every other registration, with the reason; nothing is saved."""
    answer = staff.sends("oauth/client/add/", **{**CLIENT, **changed})

    assert 200 == answer.status_code
    assert message in answer.content.decode()
    assert not _client_model().objects.exists()


def _client_model() -> Any:
    from shared_validator.store.django.models import Client

    return Client


def test_a_changed_client_keeps_its_secret(project: Any, staff: Staff) -> None:
    """It works on; what it may do is what the form says now."""
    client = samples.client()
    project.save_client(client)
    path = f"oauth/client/{client.client_id}/change/"
    assert "com.example.app:/callback" in staff.looks_at(path)

    assert 302 == staff.sends(path, **{**CLIENT, "id_token_signed_response_alg": "ES256"}).status_code

    changed = project.client(client.client_id)
    assert client.client_secret_hash == changed.client_secret_hash
    assert ("Shop", "ES256") == (changed.client_name, changed.id_token_signed_response_alg)


@pytest.mark.fault(46)
def test_a_changed_client_stays_disabled_and_keeps_both_secrets(project: Any, staff: Staff) -> None:
    """The form shows the one, and does not touch the others; an OAuth 1.0a consumer alike."""
    client = samples.client(disabled=True, previous_secret_hash=samples.new_hash())
    consumer = samples.oauth1_consumer(disabled=True, previous_sealed_secret=b"previous")
    project.save_client(client)
    project.save_oauth1_consumer(consumer)
    pages = {
        f"oauth/client/{client.client_id}/change/": CLIENT,
        f"oauth/oauth1consumer/{consumer.consumer_key}/change/": CONSUMER,
    }

    for path, fields in pages.items():
        assert 302 == staff.sends(path, **fields, disabled="on").status_code
    changed, printer = (
        project.client(client.client_id, include_disabled=True),
        project.oauth1_consumer(consumer.consumer_key, include_disabled=True),
    )
    assert (True, client.previous_secret_hash) == (changed.disabled, changed.previous_secret_hash)
    assert (True, b"previous") == (printer.disabled, printer.previous_sealed_secret)

    for path, fields in pages.items():
        assert 302 == staff.sends(path, **fields).status_code
    assert project.client(client.client_id) is not None
    assert project.oauth1_consumer(consumer.consumer_key) is not None


def test_a_client_that_becomes_public_or_confidential_loses_or_gets_a_secret(project: Any, staff: Staff) -> None:
    """A client has a secret with every method but ``none``."""
    client = samples.client()
    project.save_client(client)
    path = f"oauth/client/{client.client_id}/change/"

    staff.sends(path, **{**CLIENT, "token_endpoint_auth_method": "none"})
    assert project.client(client.client_id).client_secret_hash is None
    _, secret = SECRET.findall(staff.sends(path, **CLIENT).content.decode().replace(client.client_id, "x" * 43))
    assert digest(secret) == project.client(client.client_id).client_secret_hash


def test_new_secrets_replace_the_old_ones(project: Any, staff: Staff) -> None:
    """A secret that leaked: each selected client that has one gets another, which is shown once."""
    public = samples.client(client_secret_hash=None, token_endpoint_auth_method="none")
    client, consumer = samples.client(), samples.oauth1_consumer()
    for each in (public, client):
        project.save_client(each)
    project.save_oauth1_consumer(consumer)

    (secret,) = SECRET.findall(staff.does("oauth/client/", "make_new_secret", client.client_id, public.client_id).content.decode())
    assert digest(secret) == project.client(client.client_id).client_secret_hash
    assert public == project.client(public.client_id)
    (secret,) = SECRET.findall(staff.does("oauth/oauth1consumer/", "make_new_secret", consumer.consumer_key).content.decode())
    assert secret == _opened(project.oauth1_consumer(consumer.consumer_key))
    answer = staff.does("oauth/client/", "make_new_secret", public.client_id)
    assert 302 == answer.status_code
    assert "None of them has a secret." in staff.looks_at("oauth/client/")


def _opened(consumer: Any) -> str:
    return Vault(Settings.from_environ().secret_keys).open(CONSUMER_SECRET, consumer.consumer_key, consumer.sealed_secret).decode()


def test_a_new_consumer_is_shown_its_secret_once(project: Any, staff: Staff) -> None:
    """RFC 5849 needs it back in clear: the database has it sealed, and no other page shows it."""
    answer = staff.sends("oauth/oauth1consumer/add/", **CONSUMER)
    key, secret = SECRET.findall(answer.content.decode())

    consumer = project.oauth1_consumer(key)
    assert secret == _opened(consumer)
    assert ("https://printer.example/ready",) == consumer.callbacks
    for page in ("oauth/oauth1consumer/", f"oauth/oauth1consumer/{staff_key(key)}/change/"):
        assert secret not in staff.looks_at(page)


def test_a_consumer_may_have_a_public_key_instead(project: Any, staff: Staff) -> None:
    """Trap 15: then it has no secret, not even an empty one; and a secret again once the key is gone."""
    key = generate_private_key(65537, 2048).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    assert 302 == staff.sends("oauth/oauth1consumer/add/", **{**CONSUMER, "rsa_public_key": key}).status_code
    consumer_key = _only("OAuth1Consumer").consumer_key
    consumer = project.oauth1_consumer(consumer_key)
    assert consumer.sealed_secret is None
    assert consumer.rsa_public_key.strip() == key.strip()

    answer = staff.sends(f"oauth/oauth1consumer/{staff_key(consumer_key)}/change/", **CONSUMER)
    _, secret = SECRET.findall(answer.content.decode())
    consumer = project.oauth1_consumer(consumer_key)
    assert (secret, None) == (_opened(consumer), consumer.rsa_public_key)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"callbacks": "http://printer.example/"}, "must be https"),
        ({"rsa_public_key": "no key"}, "Unable to load PEM"),
        ({"rsa_public_key": "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----"}, "Unable to load PEM"),
    ],
)
def test_a_consumer_that_may_not_be_registered_is_refused_at_the_form(
    project: Any, staff: Staff, changed: dict[str, str], message: str
) -> None:
    """By the rules of every other registration, with the reason."""
    answer = staff.sends("oauth/oauth1consumer/add/", **{**CONSUMER, **changed})

    assert 200 == answer.status_code
    assert message in answer.content.decode()


def test_without_a_secret_key_no_secret_can_be_sealed(project: Any, staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form and the action say so; neither is an error of the server."""
    consumer = samples.oauth1_consumer()
    project.save_oauth1_consumer(consumer)
    monkeypatch.delenv("OAUTH_SECRET_KEY")

    assert "OAUTH_SECRET_KEY: is required" in staff.sends("oauth/oauth1consumer/add/", **CONSUMER).content.decode()
    assert 302 == staff.does("oauth/oauth1consumer/", "make_new_secret", consumer.consumer_key).status_code
    assert "OAUTH_SECRET_KEY: is required" in staff.looks_at("oauth/oauth1consumer/")
    assert consumer == project.oauth1_consumer(consumer.consumer_key)


@pytest.fixture
def given(project: Any) -> dict[str, Any]:
    """One of each thing that a user lets an application have."""
    from django.contrib.auth.models import User

    sub = project.subject(User.objects.create_user("alice"))
    client, consumer = samples.client(client_name="Shop"), samples.oauth1_consumer(name="Printer")
    project.save_client(client)
    project.save_oauth1_consumer(consumer)
    project.save_consent(sub, client.client_id, ("profile",), NOW)
    theirs = {"client_id": client.client_id, "grant_id": samples.new_hash()}
    made = {
        "accesstoken": samples.access_token(user_id=sub, **theirs),
        "refreshtoken": samples.refresh_token(user_id=sub, **theirs),
        "tokencredentials": samples.token_credentials(user_id=sub, consumer_key=consumer.consumer_key),
    }
    project.save_access_token(made["accesstoken"])
    project.save_refresh_token(made["refreshtoken"])
    project.save_token_credentials(made["tokencredentials"])
    project.save_access_token(samples.access_token(user_id=None, client_id=client.client_id, expires_at=2 * NOW))
    return {"sub": sub, "client": client, "consumer": consumer, **made}


GRANTS = ("consent", "accesstoken", "refreshtoken", "tokencredentials")


@pytest.mark.parametrize("model", GRANTS)
def test_grants_can_be_looked_at_and_not_be_changed(staff: Staff, given: dict[str, Any], model: str) -> None:
    """Who gave what to whom, found by the user and by the application; never a hash or a sealed value."""
    name = "Printer" if model == "tokencredentials" else "Shop"
    for query in ({}, {"q": "alice"}, {"q": name}):
        shown = staff.looks_at(f"oauth/{model}/", **query)
        assert "alice" in shown
        assert name in shown
        assert "2023" in shown
    key = re.findall(rf'href="/admin/oauth/{model}/(\d+)/change/[^"]*">alice', staff.looks_at(f"oauth/{model}/"))[0]
    page = staff.looks_at(f"oauth/{model}/{key}/change/")
    assert "alice" in page
    assert 'name="_save"' not in page
    for secret in (getattr(given.get(model), field, b"no field") for field in ("token_hash", "grant_id", "sealed_secret")):
        assert secret.hex() not in shown + page
        assert str(secret) not in shown + page
    assert 403 == staff.browser.get(f"/admin/oauth/{model}/add/").status_code


@pytest.mark.parametrize(("model", "ended"), [("consent", {"access", "refresh", "consent"}), ("accesstoken", {"access"})])
def test_revoking_ends_what_belongs_together(project: Any, staff: Staff, given: dict[str, Any], model: str, ended: set[str]) -> None:
    """A consent takes all tokens along, an access token itself alone."""
    assert ended == _ended_by(project, staff, given, model)


def test_revoking_a_refresh_token_ends_its_family(project: Any, staff: Staff, given: dict[str, Any]) -> None:
    """As every other revocation of one (RFC 7009 §2.1)."""
    assert {"access", "refresh"} == _ended_by(project, staff, given, "refreshtoken")


def test_revoking_token_credentials_ends_them(project: Any, staff: Staff, given: dict[str, Any]) -> None:
    """And nothing else."""
    assert {"credentials"} == _ended_by(project, staff, given, "tokencredentials")


def _ended_by(project: Any, staff: Staff, given: dict[str, Any], model: str) -> set[str]:
    from django.apps import apps

    key = apps.get_model("oauth", model).objects.get(user_id=given["sub"]).pk
    assert 302 == staff.does(f"oauth/{model}/", "revoke", key).status_code
    assert "Revoked 1." in staff.looks_at(f"oauth/{model}/")
    left = {
        "access": project.access_token(given["accesstoken"].token_hash),
        "refresh": project.refresh_token(given["refreshtoken"].token_hash),
        "consent": project.consent(given["sub"], given["client"].client_id),
        "credentials": project.token_credentials(given["tokencredentials"].token_hash),
    }
    return {name for name, found in left.items() if not found}


def test_the_page_of_one_token_can_end_it_too(project: Any, staff: Staff, given: dict[str, Any]) -> None:
    """Django's deletion of a refresh token is a revocation: its access token goes with it."""
    key = _only("RefreshToken").pk
    assert 302 == staff.sends(f"oauth/refreshtoken/{key}/delete/", post="yes").status_code
    assert project.access_token(given["accesstoken"].token_hash) is None


def test_tokens_are_told_apart_by_their_end(staff: Staff, given: dict[str, Any]) -> None:
    """Those that still work are what one looks for."""
    assert "alice" not in staff.looks_at("oauth/accesstoken/", expired="no")
    assert "1 access token" in staff.looks_at("oauth/accesstoken/", expired="no")
    assert "alice" in staff.looks_at("oauth/accesstoken/", expired="yes")
    assert "2 access tokens" in staff.looks_at("oauth/accesstoken/", expired="something else")


def test_a_client_is_deleted_with_what_it_got(project: Any, staff: Staff, given: dict[str, Any]) -> None:
    """By its page; the question names the client alone, since its tokens can be many."""
    path = f"oauth/client/{given['client'].client_id}/delete/"
    assert "Shop, and all that users have let it do" in staff.looks_at(path)
    assert 302 == staff.sends(path, post="yes").status_code
    assert project.access_token(given["accesstoken"].token_hash) is None
    assert project.applications(given["sub"])[0].protocol == "oauth1"


def test_a_user_is_deleted_with_what_they_allowed(project: Any, staff: Staff, given: dict[str, Any]) -> None:
    """Whoever may delete users and grants may do so at the page of the user."""
    from django.contrib.auth.models import User

    key = User.objects.get(username="alice").pk
    assert 302 == staff.sends(f"auth/user/{key}/delete/", post="yes").status_code
    assert project.applications(given["sub"]) == []
    assert project.refresh_token(given["refreshtoken"].token_hash) is None


@pytest.mark.fault(38)
@pytest.mark.parametrize("model", GRANTS)
def test_a_list_of_grants_reads_no_list_of_clients(project: Any, staff: Staff, given: dict[str, Any], model: str) -> None:
    """There may be 100,000: a client is found by searching."""
    project.save_client(samples.client(client_name="Another shop"))
    project.save_oauth1_consumer(samples.oauth1_consumer(name="Another shop"))
    identifier = given["consumer"].consumer_key if model == "tokencredentials" else given["client"].client_id

    assert "Another shop" not in staff.looks_at(f"oauth/{model}/")
    assert "alice" in staff.looks_at(f"oauth/{model}/", q=identifier)
    assert "alice</a>" not in staff.looks_at(f"oauth/{model}/", q="another")


@pytest.mark.parametrize("model", [*GRANTS, "client", "oauth1consumer"])
@pytest.mark.parametrize("query", [{"q": "x" * 300}, {"q": "a\x00b"}, {"client__client_id__exact": "x" * 300}, {"user_id": "a\x00b"}])
def test_whatever_is_searched_for_is_answered(staff: Staff, given: dict[str, Any], model: str, query: dict[str, str]) -> None:
    """A text that no database can hold is in none of the rows: no error of the server."""
    assert staff.browser.get(f"/admin/oauth/{model}/", query).status_code in (200, 302)


@pytest.mark.parametrize("model", [*GRANTS, "client", "oauth1consumer"])
def test_a_record_that_is_not_there_is_answered(staff: Staff, given: dict[str, Any], model: str) -> None:
    """As Django answers it: back to the start, with a message."""
    for key in ("nobody", "x" * 300, "_00"):
        assert 302 == staff.browser.get(f"/admin/oauth/{model}/{key}/change/").status_code


def test_a_form_without_its_csrf_token_is_refused(staff: Staff) -> None:
    """Another site cannot register a client through a staff member's browser."""
    assert 403 == staff.browser.post("/admin/oauth/client/add/", CLIENT).status_code


def test_staff_without_the_permission_revoke_nothing(project: Any, given: dict[str, Any]) -> None:
    """To look at tokens is one permission of Django's, to end them another."""
    from django.contrib.auth.models import Permission, User

    user = User.objects.create_user("watcher", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_accesstoken"))
    watcher = Staff(user)
    assert "alice" in watcher.looks_at("oauth/accesstoken/")
    assert "revoke" not in watcher.looks_at("oauth/accesstoken/")
    assert 403 == watcher.browser.get("/admin/oauth/client/").status_code
