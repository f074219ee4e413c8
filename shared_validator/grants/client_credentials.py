"""The client credentials grant (RFC 6749 §4.4): a client acts for itself."""

from __future__ import annotations

from oauthlib.oauth2.rfc6749.errors import UnauthorizedClientError
from oauthlib.oauth2.rfc6749.utils import scope_to_list

from shared_validator.context import Context
from shared_validator.grants import Grant, Issue, new_grant_id
from shared_validator.grants.limits import (
    USER_SCOPES,
    allowed_scope,
    audience_of_new_grant,
    client_for,
)
from shared_validator.validators.protocol_request import ProtocolRequest


def exchange(context: Context, asked: ProtocolRequest, issue: Issue) -> str:
    """Exchange the client's own credentials for an access token.

    It needs no transaction: nothing is claimed, and it writes with one statement.

    Raises:
        OAuth2Error: the request is refused (RFC 6749 §5.2).
    """
    client = client_for("client_credentials", asked, context.store)
    # Anyone can name a public client (§4.4).
    if client.token_endpoint_auth_method == "none":
        raise UnauthorizedClientError
    # A client is not a user.
    asked_scope = scope_to_list(asked.scope) or ()
    scope = allowed_scope(context, client, asked_scope, excluded=USER_SCOPES)
    return issue(
        Grant(
            client=client,
            user_id=None,
            scope=scope,
            audience=audience_of_new_grant(context.settings, asked.resources),
            grant_id=new_grant_id(),
            auth_time=0,
            granted_scope=scope,
            granted_resource=asked.resources,
        )
    )
