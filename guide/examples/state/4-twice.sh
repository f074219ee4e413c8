STATE=$(start)
curl -s -b cookies "$APP/callback/github?error=access_denied&state=$STATE" | sentence
curl -s -b cookies "$APP/callback/github?error=access_denied&state=$STATE" | sentence
