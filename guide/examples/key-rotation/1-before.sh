kids() { curl -s "$OAUTH_ISSUER/.well-known/jwks.json" | python -m json.tool | grep -c '"kid"'; }
kids
