python -m shared_validator new-client "Old application" --grant-type password
