curl -si "$OAUTH_ISSUER/oauth2/authorize?response_type=code&client_id=$CLIENT_ID&redirect_uri=https://app.example/callback" | grep -iE "^(HTTP|Location)"
