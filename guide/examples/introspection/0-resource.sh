export OAUTH_RESOURCES=https://reports.example
