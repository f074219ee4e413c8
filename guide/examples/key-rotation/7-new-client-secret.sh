OLD_SECRET=$(field client.json client_secret)
NEW_SECRET=$(python -m shared_validator new-key)
echo "{\"clients\": [$(sed "s/$OLD_SECRET/$NEW_SECRET/" client.json)]}" > seed.json
python -m shared_validator seed seed.json && rm seed.json
