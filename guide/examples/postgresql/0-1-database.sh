export DATABASE_URL=postgresql://oauth@db.example/oauth
