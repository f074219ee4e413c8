"""What a Django project needs to be a provider or a consumer."""
