CLIENT_ID=$(field client.json client_id)
python sign_in.py "$OAUTH_ISSUER" "$CLIENT_ID"
