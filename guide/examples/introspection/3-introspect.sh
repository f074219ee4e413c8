introspect() { curl -s -u "https%3A%2F%2Freports.example:$1" -d token="$TOKEN" "$OAUTH_ISSUER/oauth2/introspect" | python -m json.tool; }
introspect "$RS_SECRET"
