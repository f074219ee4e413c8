curl -s -H "Authorization: Bearer $TOKEN" "$OAUTH_ISSUER/api/notes" | python -m json.tool
