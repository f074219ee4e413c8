signed_at() {
  curl -s -X POST "$OAUTH_ISSUER/oauth1/request_token" -H "Authorization: OAuth \
    oauth_consumer_key=\"nobody\", oauth_signature_method=\"HMAC-SHA256\", oauth_timestamp=\"$1\", \
    oauth_nonce=\"0123456789\", oauth_callback=\"oob\", oauth_signature=\"wrong\""
}
signed_at "$(date +%s)"
