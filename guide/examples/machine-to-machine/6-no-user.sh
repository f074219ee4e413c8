curl -s -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials -d scope=email "$OAUTH_ISSUER/oauth2/token" | python -m json.tool
