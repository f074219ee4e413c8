RS_SECRET=$(python -m shared_validator new-key)
cat > seed.json <<END
{
  "clients": [
    {
      "client_id": "https://reports.example",
      "client_secret": "$RS_SECRET",
      "client_name": "The reports API",
      "grant_types": []
    }
  ]
}
END
python -m shared_validator seed seed.json && rm seed.json
