"""The names of clients on the pages."""

from __future__ import annotations

import unicodedata

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_client_name(name: str) -> None:
    """Refuse a name that a consent page cannot show as it is (RFC 7591 §2, ``client_name``).

    Raises:
        ValueError: it is empty or invisible, or has control characters.
    """
    categories = [unicodedata.category(letter) for letter in name]
    if not any(category[0] in "LNPS" for category in categories):
        raise ValueError("the client's name has no visible character")
    # Joiners and spaces of any kind are text. Line breaks and changes of direction are not.
    if {"Cc", "Cs", "Zl", "Zp"}.intersection(categories) or not _BIDI_CONTROLS.isdisjoint(name):
        raise ValueError("the client's name has control characters")
