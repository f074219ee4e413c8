curl -si -X OPTIONS -H "Origin: https://app.example" -H "Access-Control-Request-Method: POST" "$OAUTH_ISSUER/oauth2/token" | grep -iE "^(HTTP|Access-Control)"
