curl -s -u "$CLIENT_ID:$(field client.json client_secret)" -d grant_type=password -d username=ada -d password="$PASSWORD" "$OAUTH_ISSUER/oauth2/token" | python -m json.tool
