curl -s "$OAUTH_ISSUER/.well-known/oauth-authorization-server" | python -m json.tool | grep -A5 grant_types
