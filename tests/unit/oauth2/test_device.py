"""The device grant (RFC 8628): a code that a person can type, and a device that waits its turn."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from shared_validator import Event
from shared_validator.clients import client_from_metadata
from shared_validator.endpoints.device_authorization import normalised
from shared_validator.flows import Question
from shared_validator.http import FORM, Request, Response
from tests.unit.conftest import ADDRESS, fields_of
from tests.unit.oauth2.server import ALL_SCOPES, DEVICE_GRANT, ISSUER, OTHER_API, SECRET, Server, outcome_of


def begin(server: Server, **form: Any) -> dict[str, Any]:
    response = server.call("oauth2_device_authorization", {"client_id": "app", "scope": "openid notes:read"} | form)
    answer: dict[str, Any] = json.loads(response.body)
    return answer | {"status": response.status}


def poll(server: Server, device_code: str, **form: Any) -> tuple[int, dict[str, Any]]:
    return server.token(auth=None, client_id="app", grant_type=DEVICE_GRANT, device_code=device_code, **form)


def look(server: Server, query: str = "") -> Question | Response:
    return outcome_of(lambda: server.provider.device.ask(Request("GET", f"{ISSUER}/device{query}", {}), server.visitor))


def type_in(server: Server, **form: Any) -> Question | Response:
    body = urlencode(form, doseq=True).encode()
    request = Request("POST", f"{ISSUER}/device", {"content-type": FORM}, body)
    return outcome_of(lambda: server.provider.device.ask(request, server.visitor))


def test_a_device_gets_a_code_that_a_person_can_type(server: Server) -> None:
    """RFC 8628 §3.2, §6.1; Trap 6: 8 letters of a base-20 alphabet, not 30 characters."""
    answer = begin(server)

    assert 200 == answer["status"]
    assert re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", answer["user_code"])
    assert f"{ISSUER}/device" == answer["verification_uri"]
    assert f"{ISSUER}/device?user_code={answer['user_code']}" == answer["verification_uri_complete"]
    assert (600, 5) == (answer["expires_in"], answer["interval"])


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": "unknown"}, "invalid_scope"),
        ({"client_id": "unknown"}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
        ({"client_id": "post", "client_secret": "a-generated-secret"}, "unauthorized_client"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"scope": ["openid", "openid"]}, "invalid_request"),
    ],
)
def test_a_device_that_may_not_is_refused(server: Server, form: dict[str, Any], error: str) -> None:
    """RFC 8628 §3.2 refers to RFC 6749 §5.2."""
    answer = begin(server, **form)

    assert error == answer["error"]
    assert (401 if error == "invalid_client" else 400) == answer["status"]


@pytest.mark.fault(26)
def test_a_stranger_begins_so_many_devices(server: Server, happened: list[Event]) -> None:
    """RFC 8628 §5.1, RFC 6585 §4: an address gets 100 codes of public clients while one lives, and is told when there is room again."""
    statuses = [begin(server)["status"] for _ in range(100)]
    refused = server.call("oauth2_device_authorization", {"client_id": "app"})

    assert {200} == set(statuses)
    assert (429, "600", "application/json") == (refused.status, refused.header("Retry-After"), refused.header("Content-Type"))
    assert "temporarily_unavailable" == json.loads(refused.body)["error"]
    expected = {"client_id": "app", "address": ADDRESS, "reason": "too many device codes for this address"}
    assert expected == fields_of(happened, "device_authorization_limited")
    server.clock.time += 600
    assert 200 == begin(server)["status"]


@pytest.mark.fault(26)
def test_a_client_that_authenticates_is_not_limited_by_its_address(server: Server) -> None:
    """A server may ask for all of its devices from one address, and a stranger at this address does not stop it."""
    for _ in range(101):
        begin(server)

    mine = server.call("oauth2_device_authorization", {"scope": "openid"}, auth=("web", SECRET))

    assert 200 == mine.status


@pytest.mark.fault(26)
def test_a_device_that_is_refused_uses_up_no_code(server: Server) -> None:
    """A request that writes nothing counts for nothing."""
    for _ in range(101):
        begin(server, scope="unknown")

    assert 200 == begin(server)["status"]


OIDC_AGENT_SCOPE = "openid profile offline_access"
# "max" is all that the metadata have; a configuration may have scopes of another provider, too.
OIDC_AGENT_SCOPES = (OIDC_AGENT_SCOPE, f"{ALL_SCOPES} offline_access", f"{OIDC_AGENT_SCOPE} eduperson_entitlement address phone")


@pytest.mark.fault(16)
@pytest.mark.parametrize("auth", [("agent", SECRET), ("public-agent", "")])
@pytest.mark.parametrize("scope", OIDC_AGENT_SCOPES)
def test_the_requests_of_oidc_agent_are_answered(server: Server, auth: tuple[str, str], scope: str) -> None:
    """OpenID Connect Core §11, RFC 6749 §2.3.1, §6: it sends Basic for every client, and its whole scope again with each refresh."""
    registered = {
        # As its own registration has them, whatever flow the user chooses.
        "application_type": "web",
        "client_name": "oidc-agent:short-name",
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token", DEVICE_GRANT],
        "redirect_uris": ["http://localhost:4242", "http://localhost:27183", "http://localhost:8080"],
        "scope": f"{ALL_SCOPES} offline_access",
        "client_id": auth[0],
        "token_endpoint_auth_method": "client_secret_basic" if auth[1] else "none",
    }
    server.store.save_client(client_from_metadata(registered | ({"client_secret": auth[1]} if auth[1] else {})))
    started = json.loads(server.call("oauth2_device_authorization", {"client_id": auth[0], "scope": scope}, auth=auth).body)
    type_in(server, user_code=started["user_code"], decision="allow")

    status, tokens = server.token(auth=auth, grant_type=DEVICE_GRANT, device_code=started["device_code"])
    again, renewed = server.token(auth=auth, grant_type="refresh_token", refresh_token=tokens["refresh_token"], scope=scope)

    granted = " ".join(name for name in scope.split() if name in registered["scope"])
    assert (200, granted, 200, granted) == (status, tokens["scope"], again, renewed["scope"])


def test_the_whole_flow_of_a_device(server: Server) -> None:
    """RFC 8628 §1: the person agrees elsewhere, the device gets its tokens, once."""
    started = begin(server)
    assert "authorization_pending" == poll(server, started["device_code"])[1]["error"]

    question = type_in(server, user_code=started["user_code"].lower().replace("-", " "))
    assert isinstance(question, Question)
    assert ("app", None, started["user_code"]) == (question.client_name, question.redirect_host, question.user_code)
    assert (("openid", "Know who you are"), ("notes:read", "Read your notes")) == question.scopes
    done = type_in(server, user_code=started["user_code"], decision="allow")
    assert isinstance(done, Response)
    assert 200 == done.status

    status, tokens = poll(server, started["device_code"])
    assert 200 == status
    assert {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"} == set(tokens)
    assert 200 == server.api(tokens["access_token"])
    assert "invalid_grant" == poll(server, started["device_code"])[1]["error"]


@pytest.mark.fault(16)
def test_a_device_asks_for_offline_access_by_itself(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1, §11: what means nothing here is left out of an OpenID request, and the response says so."""
    started = begin(server, scope="openid offline_access address")
    type_in(server, user_code=started["user_code"], decision="allow")

    status, tokens = poll(server, started["device_code"])

    assert (200, "openid") == (status, tokens["scope"])


@pytest.mark.fault(22)
def test_a_device_is_agreed_to_for_its_resource(server: Server) -> None:
    """RFC 8707 §2: the page names the resource, and the consent is for it alone."""
    started = begin(server, resource=OTHER_API)

    question = type_in(server, user_code=started["user_code"])
    type_in(server, user_code=started["user_code"], decision="allow")

    assert isinstance(question, Question)
    assert (OTHER_API,) == question.resources
    assert ("notes:read", "openid") == server.store.consent(server.user.user_id, "app", OTHER_API)
    assert () == server.store.consent(server.user.user_id, "app")


def test_a_person_may_say_no(server: Server) -> None:
    """RFC 8628 §3.5: access_denied; and nothing is kept that would count as consent later."""
    started = begin(server)
    type_in(server, user_code=started["user_code"], decision="deny")

    assert "access_denied" == poll(server, started["device_code"])[1]["error"]
    assert [] == server.store.applications(server.user.user_id)


def test_a_device_that_polls_too_fast_is_slowed_down(server: Server) -> None:
    """RFC 8628 §3.5: five seconds more, from then on."""
    device_code = begin(server)["device_code"]

    def wait(seconds: int) -> str:
        server.clock.time += seconds
        return str(poll(server, device_code)[1]["error"])

    assert "authorization_pending" == wait(0)
    assert "slow_down" == wait(4)
    assert "slow_down" == wait(9)
    assert "authorization_pending" == wait(15)


def test_a_device_code_expires(server: Server) -> None:
    """RFC 8628 §3.5: expired_token, for the device; for the person an unknown code."""
    started = begin(server)
    server.clock.time += 600

    assert "expired_token" == poll(server, started["device_code"])[1]["error"]
    refused = type_in(server, user_code=started["user_code"], decision="allow")
    assert isinstance(refused, Response)
    assert 400 == refused.status


@pytest.mark.parametrize(("form", "error"), [({"device_code": ""}, "invalid_request"), ({"device_code": "unknown"}, "invalid_grant")])
def test_an_unknown_device_code_is_refused(server: Server, form: dict[str, str], error: str) -> None:
    """RFC 8628 §3.4, RFC 6749 §5.2."""
    assert error == server.token(auth=None, client_id="app", grant_type=DEVICE_GRANT, **form)[1]["error"]


def test_a_device_code_is_bound_to_its_client(server: Server) -> None:
    """RFC 8628 §3.4: another client's device code is unknown."""
    started = begin(server)
    type_in(server, user_code=started["user_code"], decision="allow")

    status, answer = server.token(grant_type=DEVICE_GRANT, device_code=started["device_code"])

    assert (400, "invalid_grant") == (status, answer["error"])
    assert 200 == poll(server, started["device_code"])[0]


def test_the_tokens_are_for_the_resource_that_was_asked_for(server: Server) -> None:
    """RFC 8707 §2."""
    started = begin(server, resource=OTHER_API)
    type_in(server, user_code=started["user_code"], decision="allow")

    _, tokens = poll(server, started["device_code"])

    assert 401 == server.api(tokens["access_token"])


@pytest.mark.fault(46)
@pytest.mark.parametrize(("scope", "given"), [(("openid",), "openid"), (("openid", "another"), "openid"), ((), None)])
def test_a_scope_that_the_client_has_lost_is_not_given(server: Server, scope: tuple[str, ...], given: str | None) -> None:
    """RFC 6749 §3.3: what a client may have is looked up again when its device comes for the tokens."""
    started = begin(server)
    type_in(server, user_code=started["user_code"], decision="allow")
    client = server.store.client("app")
    assert client is not None
    server.store.save_client(replace(client, scope=scope))

    status, answer = poll(server, started["device_code"])

    expected = (200, given, None) if given else (400, None, "invalid_scope")
    assert expected == (status, answer.get("scope"), answer.get("error"))


# The page -------------------------------------------------------------------------------------------------------------------------


def test_the_page_asks_for_the_code_or_takes_it_from_the_link(server: Server) -> None:
    """RFC 8628 §3.3, §3.3.1: with the complete link the code is shown again, for the person to compare."""
    form = look(server)
    assert isinstance(form, Response)
    assert 200 == form.status

    started = begin(server)
    question = look(server, f"?user_code={started['user_code']}")
    assert isinstance(question, Question)
    assert started["user_code"] == question.user_code


def test_a_stranger_signs_in_first(server: Server) -> None:
    """RFC 8628 §3.3: the user authenticates."""
    server.visitor.user_id = None

    for response, back in (
        (look(server), "/login?next=%2Fdevice"),
        (look(server, "?user_code=AB&x=1"), "/login?next=%2Fdevice%3Fuser_code%3DAB"),
        (type_in(server, user_code="AB"), "/login?next=%2Fdevice"),
    ):
        assert isinstance(response, Response)
        assert back == response.header("location")


def test_the_session_of_a_user_who_is_gone_leads_to_the_sign_in(server: Server) -> None:
    """A session may outlive its user."""
    server.visitor.user_id = "nobody"

    response = type_in(server, user_code="BCDF-GHJK")

    assert isinstance(response, Response)
    assert "/login?next=%2Fdevice" == response.header("location")


@pytest.mark.parametrize(
    "form",
    [
        {"user_code": "BBBB-BBBB"},
        {"user_code": ""},
        {},
        {"user_code": ["B", "C"]},
        {"user_code": "BBBB-BBBB", "decision": "allow"},
        {"user_code": "<script>"},
    ],
)
def test_a_wrong_code_gets_the_form_again(server: Server, form: dict[str, Any]) -> None:
    """RFC 8628 §3.3; Mistake 3: what was typed is escaped."""
    response = type_in(server, **form)

    assert isinstance(response, Response)
    assert 400 == response.status
    assert b"<script>" not in response.body


def test_a_decision_is_allow_or_deny(server: Server) -> None:
    """Anything else changes nothing."""
    started = begin(server)

    response = type_in(server, user_code=started["user_code"], decision="perhaps")

    assert isinstance(response, Response)
    assert 400 == response.status
    assert "authorization_pending" == poll(server, started["device_code"])[1]["error"]


@pytest.mark.fault(18)
@pytest.mark.parametrize(("first", "second"), [("deny", "allow"), ("allow", "deny"), ("allow", None), ("deny", None)])
def test_a_code_is_answered_once(server: Server, first: str, second: str | None) -> None:
    """RFC 8628 §3.3: another answer finds nothing, nor does who types the code again."""
    started = begin(server)
    type_in(server, user_code=started["user_code"], decision=first)

    again = type_in(server, user_code=started["user_code"], **({"decision": second} if second else {}))

    assert isinstance(again, Response)
    assert 400 == again.status


@pytest.mark.fault(18)
@pytest.mark.parametrize("decision", ["allow", "deny"])
@pytest.mark.parametrize("polled", [False, True])
def test_an_answer_sent_twice_ends_as_it_ended(server: Server, decision: str, polled: bool) -> None:
    """RFC 8628 §3.3: a double click shows the page of the first answer, whether or not the device has its tokens."""
    started = begin(server)
    once = type_in(server, user_code=started["user_code"], decision=decision)
    if polled:
        poll(server, started["device_code"])

    twice = type_in(server, user_code=started["user_code"], decision=decision)

    assert isinstance(once, Response)
    assert (200, once) == (once.status, twice)


@pytest.mark.fault(18)
def test_another_user_repeats_no_answer(server: Server) -> None:
    """RFC 8628 §5.1: to another user, a code that was answered is a wrong code."""
    server.store.save_user(replace(server.user, user_id="another", username="another"))
    started = begin(server)
    type_in(server, user_code=started["user_code"], decision="allow")
    server.visitor.user_id = "another"

    again = type_in(server, user_code=started["user_code"], decision="allow")

    assert isinstance(again, Response)
    assert 400 == again.status


def test_of_two_answers_at_once_one_counts(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8628 §3.3: who comes second is told so, though the code was there when they looked."""
    started = begin(server)
    monkeypatch.setattr(type(server.store), "answer_device_code", lambda *_: False)

    second = type_in(server, user_code=started["user_code"], decision="allow")

    assert isinstance(second, Response)
    assert 400 == second.status
    assert () == server.store.consent(server.user.user_id, "app")


@pytest.mark.fault(6)
def test_guessing_codes_ends_soon(server: Server) -> None:
    """RFC 8628 §5.1: a user has ten wrong tries, and the code of their own device gives no more."""
    own = begin(server)["user_code"]
    answers = []
    for _ in range(4):
        answers += [type_in(server, user_code="BBBB-BBBB", decision="allow") for _ in range(3)]
        answers.append(type_in(server, user_code=own))

    found = [answer.status if isinstance(answer, Response) else "question" for answer in answers]
    assert [*[400, 400, 400, "question"] * 3, 400, 429, 429, 429] == found


@pytest.mark.fault(6)
def test_an_address_has_so_many_wrong_codes(server: Server) -> None:
    """RFC 8628 §5.1: many accounts at one address guess no more codes than the address may."""
    own = begin(server)["user_code"]
    statuses = []
    for number in range(11):
        user_id = f"user{number}"
        server.store.save_user(replace(server.user, user_id=user_id, username=user_id))
        server.visitor.user_id = user_id
        assert number == 10 or isinstance(type_in(server, user_code=own), Question)
        statuses += [type_in(server, user_code="BBBB-BBBB") for _ in range(10)]

    found = [answer.status for answer in statuses if isinstance(answer, Response)]
    assert [400] * 100 + [429] * 10 == found


def test_a_repeated_or_broken_query_is_a_bad_request(server: Server) -> None:
    """A code given twice, or not in UTF-8."""
    for query in ("?user_code=A&user_code=B", "?user_code=%ff"):
        response = look(server, query)
        assert isinstance(response, Response)
        assert 400 == response.status


def test_a_code_is_read_as_a_person_may_type_it() -> None:
    """RFC 8628 §6.1: case and punctuation do not matter."""
    assert "BCDFGHJK" == normalised(" bcdf – ghjk\n")
