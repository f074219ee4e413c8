python -m shared_validator new-client "Nightly report" --grant-type client_credentials --scope notes:read > client.json
CLIENT_ID=$(field client.json client_id)
token() { curl -s -u "$CLIENT_ID:$1" -d grant_type=client_credentials "$OAUTH_ISSUER/oauth2/token" | python -m json.tool; }
