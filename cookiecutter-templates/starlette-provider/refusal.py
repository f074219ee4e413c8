"""Refuses an answer: cookiecutter loads `refusal:<message>` as an extension of Jinja before it writes anything."""

from cookiecutter.exceptions import FailedHookException


def __getattr__(message: str) -> None:
    """Raise an error that cookiecutter shows on one line, with an exit status of 1."""
    if message.startswith("__"):  # the import itself asks for `__path__`
        raise AttributeError(message)
    raise FailedHookException(message)
