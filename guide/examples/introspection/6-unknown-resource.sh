curl -s -u "$BASIC" -d grant_type=client_credentials -d resource=https://elsewhere.example "$OAUTH_ISSUER/oauth2/token" | python -m json.tool
