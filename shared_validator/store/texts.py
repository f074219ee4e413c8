"""Which texts a store keeps: those that every database can hold, refused alike for all of them."""

from __future__ import annotations

from collections.abc import Sequence

from shared_validator.store.errors import Unstorable

KEY_CHARACTERS = 255
"""The longest text that is looked up: two of them together still fit an index entry of PostgreSQL (2704 bytes), whatever the script."""

TEXT_CHARACTERS = 65_536
"""The longest text that is only kept."""


def check(text: str, longest: int) -> None:
    """Raise ``Unstorable`` for a text that some database cannot hold, or that is longer than so many characters."""
    if len(text) > longest or "\x00" in text:
        raise Unstorable(f"a text has a NUL character, or more than {longest} characters")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise Unstorable("a text has half a surrogate pair") from error


def joined(words: Sequence[str]) -> str:
    """Return words without spaces in them as one text, separated as the standards separate scopes and URIs. Raises ``Unstorable``."""
    if any(not word or " " in word for word in words):
        raise Unstorable("a word has a space in it, or nothing")
    text = " ".join(words)
    check(text, TEXT_CHARACTERS)
    return text


def split(text: str | None) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split(" ")) if text else ()
