python -m shared_validator migrate
