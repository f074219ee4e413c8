export OAUTH_SECRET_KEY="$(python -m shared_validator new-key) $OAUTH_SECRET_KEY"
python -m shared_validator check
python -m shared_validator reseal
