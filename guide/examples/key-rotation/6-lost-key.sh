OAUTH_SECRET_KEY=$(python -m shared_validator new-key) python -m shared_validator rotate-keys
