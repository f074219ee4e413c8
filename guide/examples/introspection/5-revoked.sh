curl -s -u "$BASIC" -d token="$TOKEN" "$OAUTH_ISSUER/oauth2/revoke"
introspect "$RS_SECRET"
