export OAUTH_ISSUER=https://login.example/tenant
export CONSUMER_URL=https://www.example/app
