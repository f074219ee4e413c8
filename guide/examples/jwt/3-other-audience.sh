python resource_server.py "$OAUTH_ISSUER" https://elsewhere.example "$TOKEN"
