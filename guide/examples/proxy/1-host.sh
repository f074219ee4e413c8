curl -s -H "Host: evil.example" -H "X-Forwarded-Host: evil.example" "$OAUTH_ISSUER/.well-known/oauth-authorization-server" | python -m json.tool | head -4
