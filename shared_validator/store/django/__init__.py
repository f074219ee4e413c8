"""The store on the Django ORM: an application for ``INSTALLED_APPS``, with migrations, admin pages, checks and a command."""
