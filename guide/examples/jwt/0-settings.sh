export OAUTH_RESOURCES=https://reports.example
export OAUTH_ACCESS_TOKEN_FORMAT=jwt
