python -m shared_validator new-client-secret "$CLIENT_ID" > new.json
token "$(field client.json client_secret)"
token "$(field new.json client_secret)"
