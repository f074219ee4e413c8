export OAUTH_ISSUER=https://login.example
export CONSUMER_URL=https://app.example
