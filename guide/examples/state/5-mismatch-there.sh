curl -s -b cookies "$APP/callback/github?error=redirect_uri_mismatch&state=$(start)" | sentence
