signed_at 1
