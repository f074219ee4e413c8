python resource_server.py "$OAUTH_ISSUER" https://reports.example "$TOKEN"
