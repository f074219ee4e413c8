curl -s -u "$BASIC" -d token="$TOKEN" "$OAUTH_ISSUER/oauth2/revoke"
python resource_server.py "$OAUTH_ISSUER" https://reports.example "$TOKEN"
