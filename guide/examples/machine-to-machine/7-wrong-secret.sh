curl -s -u "$CLIENT_ID:guessed" -d grant_type=client_credentials "$OAUTH_ISSUER/oauth2/token" | python -m json.tool
