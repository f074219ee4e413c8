python -m shared_validator rotate-keys
