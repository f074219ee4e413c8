curl -s -b cookies "$APP/callback/github?code=a-code&state=made-up" | sentence
