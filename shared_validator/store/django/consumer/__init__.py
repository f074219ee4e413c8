"""What a consumer keeps in a Django project's database."""
