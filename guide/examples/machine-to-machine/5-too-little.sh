curl -si -H "Authorization: Bearer $TOKEN" "$OAUTH_ISSUER/api/notes" | grep -iE "^(HTTP|WWW-Authenticate)"
