DATABASE_URL=postgresql://oauth@127.0.0.1:9/oauth python -m shared_validator migrate
