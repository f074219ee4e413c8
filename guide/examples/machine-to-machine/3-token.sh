curl -s -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials -d scope=notes:write "$OAUTH_ISSUER/oauth2/token" | tee token.json | python -m json.tool
