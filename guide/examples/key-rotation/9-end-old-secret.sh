python -m shared_validator end-old-client-secret "$CLIENT_ID"
token "$(field client.json client_secret)"
