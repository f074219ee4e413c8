"""The recorded flows are those that happen today, and hold no secret."""

import json
import re
from urllib.parse import unquote

import pytest
from guide.cookbook import recording
from guide.cookbook.flows import TITLES
from guide.cookbook.placeholders import TIME, Placeholders

from frameworks.manifests import ROOT

FILES = {name: (ROOT / "guide" / "recordings" / f"{name}.json").read_text(encoding="utf-8") for name in TITLES}
RECORDINGS = {name: json.loads(text) for name, text in FILES.items()}


@pytest.fixture(scope="module")
def recorded():
    """All flows, run and recorded once more, and the secrets that came by."""
    return recording.record()


def test_recording_again_gives_the_same_bytes(recorded):
    """What is random has a placeholder that does not depend on it, and everything else is as it was."""
    again, _ = recorded
    assert [] == recording.out_of_date(again)


def test_no_secret_of_the_run_is_in_a_recording(recorded):
    """Neither what was made up for the flow, nor any token, code, key or cookie that came by, nor half of one."""
    again, secrets = recorded
    assert 50 < len(secrets)
    for text in again.values():
        assert [] == [secret for secret in secrets if secret in text or (len(secret) > 20 and secret[len(secret) // 2 :] in text)]


@pytest.mark.parametrize("name", RECORDINGS)
def test_nothing_in_a_recording_looks_random(name):
    """A long run of mixed characters would be a secret that nobody has named. Each placeholder ends where it was shortened."""
    found = re.findall(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{12,}(?![\w…-])", unquote(unquote(FILES[name])))
    assert [] == found


@pytest.mark.parametrize("name", RECORDINGS)
def test_each_request_is_answered_and_each_step_is_explained(name):
    """The order has each step twice: when it was asked, and, later, when it was answered."""
    flow = RECORDINGS[name]
    numbers = [step["number"] for step in flow["steps"]]
    assert list(range(1, len(numbers) + 1)) == numbers == [number for number in flow["order"] if number > 0]
    assert sorted(-number for number in numbers) == sorted(number for number in flow["order"] if number < 0)
    assert all(flow["order"].index(-number) > flow["order"].index(number) for number in numbers)
    assert all(step["says"].endswith(".") for step in flow["steps"])


def test_a_value_can_be_followed_through_the_flow():
    """The state that the consumer makes is the one that comes back; the code is exchanged for the tokens that the API gets."""
    steps = RECORDINGS["openid"]["steps"]
    names = {value["name"]: shown for shown, value in RECORDINGS["openid"]["values"].items()}
    asked, callback, exchange = (_step(steps, path) for path in ("/login/cookbook", "/callback/cookbook", "/oauth2/token"))
    assert f"state={names['state']}" in recording.header(asked["response"], "Location")
    assert f"state={names['state']}" in callback["request"]["target"]
    assert f"code={names['code']}" in callback["request"]["target"]
    assert f"code={names['code']}" in exchange["request"]["body"][0]
    assert f'  "access_token": "{names["access_token"]}",' in exchange["response"]["body"]
    assert f"Bearer {names['access_token']}" == recording.header(_step(steps, "/api/notes")["request"], "Authorization")


def _step(steps, path):
    return next(step for step in steps if step["request"]["target"].partition("?")[0] == path)


def test_what_was_made_of_another_value_says_so():
    """The challenge is known as the verifier's digest, `at_hash` as the access token's, and the ID token can be read."""
    values = {value["name"]: value for value in RECORDINGS["openid"]["values"].values()}
    names = {value["name"]: shown for shown, value in RECORDINGS["openid"]["values"].items()}
    assert f"the SHA-256 digest of the code_verifier {names['code_verifier']}" in values["code_challenge"]["note"]
    assert f"half of the SHA-256 digest of the access_token {names['access_token']}" in values["at_hash"]["note"]
    assert "Base64 of demo-client:" in values["Basic"]["note"]
    claims = values["id_token"]["decoded"]["claims"]
    assert (names["nonce"], names["at_hash"], TIME) == (claims["nonce"], claims["at_hash"], claims["iat"])


def test_a_stand_in_takes_the_place_of_its_value_however_it_was_encoded():
    """In a URL, and in a URL that is a parameter of another one; host names too."""
    placeholders = Placeholders("a flow", {"localhost:1": "consumer.example"})
    placeholders.learn("oauth_signature", "a/b+c=")
    shown = placeholders.values[0].shown
    texts = ("a/b+c= localhost:1", "a%2Fb%2Bc%3D localhost%3A1", "a%252Fb%252Bc%253D localhost%253A1")
    assert [f"{shown} consumer.example"] * 3 == [placeholders.text(text) for text in texts]


def test_the_same_value_in_another_run_has_the_same_stand_in():
    """It is made of the flow, the name, and how many there were before."""
    one, other = (Placeholders("a flow", {}), Placeholders("a flow", {}))
    for placeholders, run in ((one, "1"), (other, "2")):
        placeholders.learn("state", f"first {run}")
        placeholders.learn("state", f"second {run}")
        placeholders.learn("scope", "not random")
    assert [value.shown for value in one.values] == [value.shown for value in other.values]
    assert 2 == len({value.shown for value in one.values})


def test_keys_that_stand_in_another_order_are_the_same():
    """A key set is in the order of its random names."""
    keys = [{"alg": "RS256", "kid": "zzz", "n": "one"}, {"alg": "ES256", "kid": "aaa", "x": "two"}]
    one, other = (Placeholders("a flow", {}), Placeholders("a flow", {}))
    assert one.json({"keys": keys}) == other.json({"keys": keys[::-1]})
    assert [value.as_json() for value in one.values] == [value.as_json() for value in other.values]


def test_a_step_without_a_sentence_and_a_sentence_without_a_step_fail():
    """The message has the line that is missing, ready to be filled in."""
    with pytest.raises(recording.RecordingError) as raised:
        recording._check_sentences({"browser GET consumer/gone → 200"}, ["browser GET consumer/new → 200"])
    assert 'no sentence for\n["browser GET consumer/new → 200"]' in str(raised.value)
    assert 'does not happen\n["browser GET consumer/gone → 200"]' in str(raised.value)


def test_a_recording_that_is_missing_changed_or_left_over_is_out_of_date(tmp_path, monkeypatch):
    """Each is named."""
    monkeypatch.setattr(recording, "FOLDER", tmp_path)
    (tmp_path / "changed.json").write_text("before")
    (tmp_path / "left-over.json").write_text("anything")
    (tmp_path / "same.json").write_text("same")
    wanted = {"missing.json": "new", "changed.json": "after", "same.json": "same"}
    assert ["changed.json", "left-over.json", "missing.json"] == recording.out_of_date(wanted)
