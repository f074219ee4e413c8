"""Checks for strings: a store accepts only strings that every database can hold."""

from __future__ import annotations

from collections.abc import Sequence

from shared_validator.store.errors import Unstorable

KEY_CHARACTERS = 255
"""The longest string that is looked up.

Two of them fit in an index entry of PostgreSQL (2704 bytes), whatever the script.
"""

TEXT_CHARACTERS = 65_536
"""The longest string that is only stored."""


def check(text: str, longest: int) -> None:
    """Raise ``Unstorable`` for a string that is too long, or that some database cannot hold."""
    if len(text) > longest or "\x00" in text:
        raise Unstorable(f"a text has a NUL character, or more than {longest} characters")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise Unstorable("a text has half a surrogate pair") from error


def joined(words: Sequence[str]) -> str:
    """Return words without spaces as one string, separated by spaces like scopes and URIs.

    Raises:
        Unstorable: a word is empty, contains a space or cannot be stored.
    """
    if any(not word or " " in word for word in words):
        raise Unstorable("a word has a space in it, or nothing")
    text = " ".join(words)
    check(text, TEXT_CHARACTERS)
    return text


def split(text: str | None) -> tuple[str, ...]:
    """Return the words of a string."""
    return tuple(text.split(" ")) if text else ()
