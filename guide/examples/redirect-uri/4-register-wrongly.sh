python -m shared_validator new-client "My application" --redirect-uri http://app.example/callback
python -m shared_validator new-client "My application" --redirect-uri https://app.example/*
python -m shared_validator new-client "My application" --redirect-uri com.example.app:/callback
