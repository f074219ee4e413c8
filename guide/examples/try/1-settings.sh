export DATABASE_URL=sqlite:///try.sqlite
export OAUTH_ISSUER=http://127.0.0.1:5001
export OAUTH_SECRET_KEY=$(python -m shared_validator new-key)
