curl -s "$APP/callback/github?code=a-code&state=$(start)" | sentence
