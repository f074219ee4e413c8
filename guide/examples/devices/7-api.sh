curl -s -H "Authorization: Bearer $(field token.json access_token)" "$OAUTH_ISSUER/api/me" | python -m json.tool
