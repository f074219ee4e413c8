CLIENT_ID=$(field client.json client_id)
curl -s -d client_id="$CLIENT_ID" -d scope="profile notes:read" "$OAUTH_ISSUER/oauth2/device_authorization" | tee device.json | python -m json.tool
