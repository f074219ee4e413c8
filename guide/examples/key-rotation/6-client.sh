python -m shared_validator new-client "Nightly report" --grant-type client_credentials --scope notes:read > client.json
token() { curl -s -u "$(field client.json client_id):$1" -d grant_type=client_credentials "$OAUTH_ISSUER/oauth2/token" | python -m json.tool; }
