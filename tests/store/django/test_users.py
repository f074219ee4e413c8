"""DjangoStore: its users are Django's."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from shared_validator.accounts import new_user
from shared_validator.accounts.passwords import verify_password
from shared_validator.accounts.turns import HASHING, WAITING, HashingBusy, turns
from tests.store import samples
from tests.store.samples import NOW


def _person(store: Any, username: str = "alice", **given: Any) -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.db_manager(store._transactions.using).create_user(username, **given)


def test_a_django_user_gets_a_sub_that_stays(store: Any) -> None:
    """OpenID Connect Core §2: made when it is first needed, the same ever after, and another one for another user."""
    alice, bob = _person(store), _person(store, "bob")
    user = store.user_by_name("alice")
    assert user.user_id == store.subject(alice) == store.subject(type(alice).objects.using(alice._state.db).get(username="alice"))
    assert store.subject(bob) != user.user_id
    assert user == store.user(user.user_id)


def test_a_name_that_is_given_again_gets_another_sub(store: Any) -> None:
    """A sub is never reused: what an application keeps for the one who went is not the newcomer's."""
    first = _person(store)
    sub = store.subject(first)
    first.delete()
    assert sub != store.subject(_person(store))
    assert store.user(sub) is None


def test_a_user_is_called_by_the_full_name_or_else_the_user_name(store: Any) -> None:
    """As Django's own pages do; saving the user leaves first and last name apart."""
    _person(store, "ada", first_name="Ada", last_name="Lovelace", email="ada@example.com")
    _person(store, "bob")
    ada, bob = store.user_by_name("ada"), store.user_by_name("bob")
    assert ("Ada Lovelace", "ada@example.com", "bob") == (ada.name, ada.email, bob.name)
    for user in (ada, bob):
        store.save_user(user)
        assert user == store.user_by_name(user.username)
    people = type(_person(store, "carol")).objects.using(store._transactions.using)
    assert ("Ada", "Lovelace") == people.values_list("first_name", "last_name").get(username="ada")
    assert ("", "") == people.values_list("first_name", "last_name").get(username="bob")


def test_a_password_works_on_both_sides(store: Any) -> None:
    """A password that was saved through the store is one for Django's authenticate(), and the other way round."""
    store.save_user(new_user("alice", "correct horse"))
    people = type(_person(store, "bob", password="battery staple")).objects.using(store._transactions.using)
    alice = people.get(username="alice")
    stored = alice.password
    assert stored.startswith("argon2$argon2id$")
    assert alice.check_password("correct horse")
    assert not alice.check_password("wrong")
    # Django stores a password anew that was hashed otherwise than it would, which signs its user out everywhere else.
    assert stored == people.get(username="alice").password
    assert verify_password(store.user_by_name("bob").password_hash, "battery staple")


def test_a_password_is_stored_anew_where_it_was_hashed_otherwise() -> None:
    """With less work, or with a salt of fewer than 16 bytes (RFC 9106 §3.1); not where Django or another store has hashed it as today."""
    from shared_validator.django.hashers import Argon2PasswordHasher

    hasher = Argon2PasswordHasher()
    of_another_store = new_user("alice", "correct horse").password_hash
    weaker = [PasswordHasher(**options).hash("correct horse") for options in ({"time_cost": 1}, {"salt_len": 8})]
    hashes = [hasher.encode("correct horse", hasher.salt()), *(f"argon2{made}" for made in (of_another_store, *weaker))]
    assert [False, False, True, True] == [hasher.must_update(made) for made in hashes]


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("short 7", "at least 8 characters"),
        ("Passw0rd!", "easy to guess"),
        ("alice liddell", "easy to guess"),
        ("a\ttab and more", "control"),
    ],
)
def test_the_validator_of_django_refuses_what_other_stores_refuse(store: Any, password: str, told: str) -> None:
    """NIST SP 800-63B-4 §3.1.1.2: common, short, or the user's own name; a form shows what to do."""
    from django.contrib.auth import get_user_model
    from django.core.exceptions import ValidationError

    from shared_validator.django.password_validation import PasswordValidator

    user = get_user_model()(username="dodo", first_name="Alice", last_name="Liddell", email="")
    with pytest.raises(ValidationError, match=told):
        PasswordValidator().validate(password, user)
    PasswordValidator().validate("correct horse", user)
    assert "at least 8 characters" in PasswordValidator().get_help_text()


SPELLINGS = [
    ("pa\u0308sswo\u0308rd1 long", "p\u00e4ssw\u00f6rd1 long"),
    ("p\u00e4ssw\u00f6rd1 long", "pa\u0308sswo\u0308rd1 long"),
    ("correct\u00a0horse", "correct horse"),
    ("correct horse", "correct\u3000horse"),
]


@pytest.mark.fault(4)
@pytest.mark.parametrize(("chosen", "typed"), SPELLINGS)
def test_a_password_is_one_however_it_is_spelt(store: Any, chosen: str, typed: str) -> None:
    """RFC 8265 §4.2: whether createsuperuser, the admin site, the store or a seed saved it, on both sides; another is another."""
    person = _person(store, "bob", password=chosen)  # as createsuperuser
    changed = _person(store, "carol", password="another one")
    changed.set_password(chosen)  # as the admin site
    changed.save()
    store.save_user(new_user("alice", chosen))
    people = type(person).objects.using(store._transactions.using)
    for name in ("bob", "carol", "alice"):
        assert people.get(username=name).check_password(typed), name
        assert not people.get(username=name).check_password(typed + "x"), name
        assert verify_password(store.user_by_name(name).password_hash, typed), name


@pytest.mark.fault(4)
@pytest.mark.parametrize("typed", ["pa\u0308sswo\u0308rd1 long", "correct\u00a0horse"])
def test_a_password_that_was_hashed_as_typed_goes_on_working(store: Any, typed: str) -> None:
    """RFC 8265 §4.2: earlier versions, and Django's own hasher, did not prepare it; its first use replaces the hash."""
    from django.contrib.auth.hashers import Argon2PasswordHasher as DjangosHasher

    for name, made in (
        ("bob", f"argon2{PasswordHasher(parallelism=4).hash(typed)}"),
        ("carol", DjangosHasher().encode(typed, DjangosHasher().salt())),
    ):
        person = _person(store, name, password="another one")
        person.password = made
        person.save()
        assert not person.check_password(f"{typed}x")
        assert person.check_password(typed)
        assert made != person.password
        assert verify_password(store.user_by_name(name).password_hash, unicodedata.normalize("NFKC", typed))


@pytest.mark.fault(4)
def test_a_prepared_hash_matches_no_other_spelling() -> None:
    """A hash of today is compared once, so that the time does not reveal which users exist."""
    from shared_validator.django.hashers import Argon2PasswordHasher

    hasher = Argon2PasswordHasher()
    typed = "pa\u0308sswo\u0308rd1 long"
    unprepared = f"argon2{PasswordHasher(parallelism=1).hash(typed)}"
    assert not hasher.must_update(unprepared)
    assert not hasher.verify(typed, unprepared)


@pytest.mark.fault(4)
@pytest.mark.parametrize("typed", ["", "p" * 1025, "with\x00nul", "a\ttab", "half \ud800"])
def test_what_is_no_password_is_refused_by_the_hasher(typed: str) -> None:
    """RFC 8265 §4.2.2: at sign-in it is wrong, without being hashed; it cannot be saved."""
    from shared_validator.django.hashers import Argon2PasswordHasher

    hasher = Argon2PasswordHasher()
    assert not hasher.verify(typed, "argon2$")
    with pytest.raises(ValueError, match="a password has 1 to 1024 characters"):
        hasher.encode(typed, hasher.salt())


@pytest.mark.fault(5)
def test_the_hasher_of_django_waits_for_a_turn() -> None:
    """RFC 9106 §4: each hash takes 64 MiB, whether Django makes or verifies it, so a process makes few at once."""
    from shared_validator.django.hashers import Argon2PasswordHasher

    hasher = Argon2PasswordHasher()
    made = hasher.encode("correct horse", hasher.salt())
    with ExitStack() as stack:
        for _ in range(HASHING + WAITING):
            stack.enter_context(turns._place())
        for hashing in (lambda: hasher.encode("correct horse", hasher.salt()), lambda: hasher.verify("correct horse", made)):
            with pytest.raises(HashingBusy):
                hashing()
    assert "m=65536,t=3,p=1" == made.split("$")[3]


def test_a_password_that_cannot_be_used_stays_so(store: Any) -> None:
    """A user who signs in elsewhere has none in Django: no password fits, and saving the user gives them none."""
    bob = _person(store, "bob")
    user = store.user_by_name("bob")
    assert not verify_password(user.password_hash, user.password_hash)
    store.save_user(replace(user, name="Bob"))
    bob.refresh_from_db()
    assert not bob.has_usable_password()


def test_a_saved_user_has_no_rights_at_the_admin_site(store: Any) -> None:
    """And one who has keeps them when they are saved."""
    store.save_user(new_user("alice", "correct horse"))
    people = type(_person(store, "root", is_staff=True)).objects.using(store._transactions.using)
    store.save_user(replace(store.user_by_name("root"), name="Root"))
    assert [("alice", False), ("root", True)] == list(
        people.filter(username__in=("alice", "root")).order_by("username").values_list("username", "is_staff")
    )


def _everything(store: Any, user_id: str) -> dict[str, Callable[[], Any]]:
    """Let a user give one of everything, and return what looks for each."""
    client, consumer = samples.client(), samples.oauth1_consumer()
    store.save_client(client)
    store.save_oauth1_consumer(consumer)
    theirs = {"user_id": user_id, "client_id": client.client_id}
    signed = {"user_id": user_id, "consumer_key": consumer.consumer_key}
    code, access, refresh = samples.code(**theirs), samples.access_token(**theirs), samples.refresh_token(**theirs)
    used, device = samples.refresh_token(**theirs), samples.device_code(client_id=client.client_id)
    successor = replace(used, token_hash=samples.new_hash(), predecessor_hash=used.token_hash)
    temporary, token = samples.temporary_credentials(consumer_key=consumer.consumer_key), samples.token_credentials(**signed)
    session = samples.session(user_id=user_id)
    store.save_session(session)
    store.save_code(code)
    store.save_access_token(access)
    for each in (refresh, used, successor):
        store.save_refresh_token(each)
    store.save_device_code(device)
    store.answer_device_code(device.user_code_hash, user_id, NOW, True, NOW)
    store.save_temporary_credentials(temporary)
    store.answer_temporary_credentials(temporary.token_hash, user_id, b"verifier", NOW)
    store.save_token_credentials(token)
    return {
        "user": lambda: store.user(user_id),
        "session": lambda: store.session(session.session_hash, NOW),
        "code": lambda: store.claim_code(code.code_hash, client.client_id, NOW),
        "access token": lambda: store.access_token(access.token_hash),
        "refresh token": lambda: store.refresh_token(refresh.token_hash),
        "rotation": lambda: store.rotate_refresh_token(refresh.token_hash, client.client_id, NOW),
        "successor": lambda: store.successor(used.token_hash),
        "device code": lambda: store.claim_device_code(device.device_code_hash, client.client_id, NOW),
        "temporary credentials": lambda: store.claim_temporary_credentials(temporary.token_hash, consumer.consumer_key, b"verifier", NOW),
        "token credentials": lambda: store.token_credentials(token.token_hash),
    }


def test_a_deactivated_user_and_what_they_allowed_are_refused(store: Any) -> None:
    """Whoever is shut out signs in no more, and no application goes on in their name; when they are back, all is as it was."""
    alice = _person(store)
    looking = _everything(store, store.subject(alice))
    alice.is_active = False
    alice.save()
    assert dict.fromkeys(looking) == {name: look() for name, look in looking.items()}
    assert store.user_by_name("alice") is None
    alice.is_active = True
    alice.save()
    assert set() == {name for name, look in looking.items() if look() is None}


def test_what_a_user_allowed_goes_with_the_user(store: Any) -> None:
    """No row is left of what a deleted user let applications do."""
    from django.apps import apps

    alice = _person(store)
    sub = store.subject(alice)
    client = samples.client()
    store.save_client(client)
    store.save_consent(sub, client.client_id, ("profile",), NOW)
    _everything(store, sub)
    given = [model for model in apps.get_app_config("oauth").get_models() if any(field.name == "user" for field in model._meta.fields)]
    rows = [model.objects.using(alice._state.db) for model in given if model.__name__ != "Subject"]
    assert 8 == len(rows)
    assert all(each.filter(user_id=sub).exists() for each in rows)
    alice.delete()
    assert not any(each.filter(user_id=sub).exists() for each in rows)


def test_what_is_issued_while_its_user_is_deleted_is_refused(store: Any) -> None:
    """A token that comes too late for the deletion belongs to nobody."""
    token, refresh = samples.access_token(user_id="gone"), samples.refresh_token(user_id="gone")
    store.save_access_token(token)
    store.save_refresh_token(refresh)
    assert store.access_token(token.token_hash) is None
    assert store.refresh_token(refresh.token_hash) is None
    assert store.rotate_refresh_token(refresh.token_hash, "client", NOW) is None


def test_what_a_client_got_goes_with_the_client(store: Any) -> None:
    """A client that is deleted calls the API no more, and a consumer neither."""
    from shared_validator.store.django import models

    looking = _everything(store, "user")
    using = store._transactions.using
    models.Client.objects.using(using).all().delete()
    models.OAuth1Consumer.objects.using(using).all().delete()
    assert {"user", "session"} == {name for name, look in looking.items() if look() is not None}


@pytest.mark.parametrize("field", ["username", "name", "email"])
def test_what_is_too_long_for_django_is_refused(store: Any, field: str) -> None:
    """Also on SQLite, which does not look at the length."""
    with pytest.raises(ValueError, match="more than (150|254) characters"):
        store.save_user(samples.user(**{field: "x" * 255}))


def test_consent_needs_its_client(store: Any) -> None:
    """As token credentials need their consumer: nothing waits for an identifier to be registered."""
    with pytest.raises(ValueError, match="belongs to is not"):
        store.save_consent("user", "nobody", ("profile",), NOW)
    with pytest.raises(ValueError, match="belongs to is not"):
        store.save_token_credentials(samples.token_credentials(consumer_key="nobody"))
    with pytest.raises(ValueError, match="belongs to is not"), store.transaction():
        store.save_consent("user", "nobody", ("profile",), NOW)


OWN_USERS = """
import sys

import django
from django.conf import settings

settings.configure(
    AUTH_USER_MODEL="people.Person",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "shared_validator.django", "tests.store.django.people"],
    MIGRATION_MODULES={"people": None, "oauth": None},
    PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"],
)
django.setup()

from django.core.management import call_command

from shared_validator.accounts import new_user
from shared_validator.store.django.store import DjangoStore
from tests.store.django.people.models import Person

call_command("migrate", run_syncdb=True, verbosity=0)
store = DjangoStore()
alice = new_user("alice@example.com", "correct horse", "Alice", "alice@example.com")
for _ in range(2):
    store.save_user(alice)
assert alice == store.user(alice.user_id) == store.user_by_name("alice@example.com")
person = Person.objects.get()
assert person.check_password("correct horse")
assert alice.user_id == store.subject(person)
"""


def test_a_project_may_have_users_of_its_own(tmp_path: Path) -> None:
    """AUTH_USER_MODEL: here people sign in with their address, and their key is a UUID, which is there before they are saved."""
    subprocess.run([sys.executable, "-W", "error", "-c", OWN_USERS, str(tmp_path / "people.sqlite3")], check=True, timeout=120)
