curl -s "$OAUTH_ISSUER/healthz"
