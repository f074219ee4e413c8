"""Turning files into templates, which have the user's answers in place of the example's values."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

_BEGINNINGS = ("{{", "{%", "{#")


class Template:
    """A file of a template.

    Args:
        text: the content of the file with the default answers.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._inserted: list[str] = []

    def replace(self, answers: Mapping[str, str]) -> None:
        """Replace default answers (the keys) by cookiecutter expressions (the values)."""
        for default, answer in answers.items():
            self._text = self._text.replace(default, self._placeholder(answer))

    def vary(self, condition: str, otherwise: str) -> None:
        """Vary whole lines: use `otherwise` unless a condition of cookiecutter's is true.

        Raises:
            ValueError: answers have already been replaced, so the two can't be compared.
        """
        if self._inserted:
            raise ValueError("a text varies once, and before the answers stand in it")
        ours, others = self._text.splitlines(keepends=True), otherwise.splitlines(keepends=True)
        found = []
        for kind, start, end, other_start, other_end in difflib.SequenceMatcher(
            None, ours, others, autojunk=False
        ).get_opcodes():
            here, there = "".join(ours[start:end]), "".join(others[other_start:other_end])
            if kind == "equal":
                found.append(here)
            elif not here:
                found += [
                    self._placeholder(f"{{% if not ({condition}) %}}"),
                    there,
                    self._placeholder("{% endif %}"),
                ]
            else:
                alternative = [self._placeholder("{% else %}"), there] if there else []
                found += [
                    self._placeholder(f"{{% if {condition} %}}"),
                    here,
                    *alternative,
                    self._placeholder("{% endif %}"),
                ]
        self._text = "".join(found)

    def render(self) -> str:
        """Return the content for cookiecutter."""
        literal = any(beginning in self._text for beginning in _BEGINNINGS)
        text = f"{{% raw %}}{self._text}{{% endraw %}}" if literal else self._text
        for number, inserted in enumerate(self._inserted):
            text = text.replace(
                f"\0{number}\0", f"{{% endraw %}}{inserted}{{% raw %}}" if literal else inserted
            )
        return text

    def _placeholder(self, inserted: str) -> str:
        # The content has no NUL, so no part of it looks like a placeholder.
        self._inserted.append(inserted)
        return f"\0{len(self._inserted) - 1}\0"
