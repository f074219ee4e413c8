"""The stores on the Django ORM: models, their migrations, and the stores over them."""
