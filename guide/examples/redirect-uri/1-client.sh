python -m shared_validator new-client "My application" --redirect-uri https://app.example/callback > client.json
CLIENT_ID=$(field client.json client_id)
