curl -si "$OAUTH_ISSUER/oauth2/authorize?response_type=code&client_id=$CLIENT_ID&redirect_uri=http://127.0.0.1:7777/callback&scope=profile&state=s" | grep -i ^location
