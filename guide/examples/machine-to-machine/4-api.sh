TOKEN=$(field token.json access_token)
curl -s -H "Authorization: Bearer $TOKEN" -d "text=The report is done" "$OAUTH_ISSUER/api/notes" | python -m json.tool
