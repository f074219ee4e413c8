CLIENT_ID=$(field client.json client_id)
CLIENT_SECRET=$(field client.json client_secret)
