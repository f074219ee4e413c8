python -m shared_validator new-client "My application" --redirect-uri https://app.example/callback
