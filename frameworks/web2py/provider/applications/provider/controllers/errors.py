"""The provider's page for what no other controller answers."""

from edge import missing


def index():
    raise missing()
