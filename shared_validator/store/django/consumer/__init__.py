"""A consumer's store in a Django project's database."""
