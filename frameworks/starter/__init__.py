"""Starter projects: cookiecutter templates that are generated from the examples."""
