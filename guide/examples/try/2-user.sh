export PASSWORD=$(python -m shared_validator new-key)
echo "$PASSWORD" | python -m shared_validator new-user ada --name "Ada Example" --email ada@example.com
