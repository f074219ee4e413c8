OAUTH_ISSUER=http://login.example python -m shared_validator rotate-keys
OAUTH_ISSUER=https://login.example/a%20tenant python -m shared_validator rotate-keys
OAUTH_ISSUER=https://login.example/ python -m shared_validator rotate-keys
