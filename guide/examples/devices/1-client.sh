DEVICE_GRANT=urn:ietf:params:oauth:grant-type:device_code
python -m shared_validator new-client "Living-room television" --public --grant-type $DEVICE_GRANT --grant-type refresh_token --scope "openid profile notes:read" | tee client.json
