python -m shared_validator new-client "Nightly report" --grant-type client_credentials --scope "notes:read notes:write email" | tee client.json
