python -m shared_validator new-client "Nightly report" --grant-type client_credentials --scope "notes:read notes:write" > client.json
BASIC=$(field client.json client_id):$(field client.json client_secret)
curl -s -u "$BASIC" -d grant_type=client_credentials -d scope=notes:read -d resource=https://reports.example "$OAUTH_ISSUER/oauth2/token" > token.json
TOKEN=$(field token.json access_token)
