"""What an API elsewhere does with a JWT access token (RFC 9068 §4)."""

import json
import sys
import time

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet


def published_keys(issuer):
    """Return the provider's public keys.

    Cache them for some minutes; fetch them again when a token names an unknown key.
    """
    return KeySet.import_key_set(
        httpx2.get(f"{issuer}/.well-known/jwks.json").raise_for_status().json()
    )


def verified(token, issuer, resource, keys):
    """Return the claims of an access token of this issuer for this resource.

    Raises ``JoseError`` or ``ValueError``.
    """
    decoded = jwt.decode(token, keys, algorithms=["RS256", "ES256"])
    # Without this an ID token, which the same keys sign, could open the API.
    if decoded.header.get("typ", "").lower().removeprefix("application/") != "at+jwt":
        raise ValueError("not an access token")
    registry = jwt.JWTClaimsRegistry(
        int(time.time()),
        leeway=60,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": resource},
        exp={"essential": True},
        sub={"essential": True},
        client_id={"essential": True},
    )
    registry.validate(decoded.claims)
    return decoded.claims


if __name__ == "__main__":
    issuer, resource, token = sys.argv[1:]
    try:
        print(
            json.dumps(
                verified(token, issuer, resource, published_keys(issuer)), indent=2
            )
        )
    except (JoseError, ValueError) as error:
        sys.exit(f"refused: {error}")
