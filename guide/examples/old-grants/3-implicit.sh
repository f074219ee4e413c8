curl -si "$OAUTH_ISSUER/oauth2/authorize?response_type=token&client_id=$CLIENT_ID&redirect_uri=https://app.example/callback&state=s" | grep -i ^location
