poll() { curl -s -d grant_type=$DEVICE_GRANT -d client_id="$CLIENT_ID" -d device_code="$(field device.json device_code)" "$OAUTH_ISSUER/oauth2/token"; }
poll | python -m json.tool
