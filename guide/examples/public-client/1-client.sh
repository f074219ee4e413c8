python -m shared_validator new-client "Notes on the desk" --public --redirect-uri http://127.0.0.1/callback --scope "profile notes:read" | tee client.json
