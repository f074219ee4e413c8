"""Texts that cookiecutter renders: what the person answers stands where the example has its own values, and all else stays as it is."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

_BEGINNINGS = ("{{", "{%", "{#")


class Template:
    """A text that becomes a file of a template.

    Args:
        text: what baking with the default answers gives.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._inserted: list[str] = []

    def replace(self, answers: Mapping[str, str]) -> None:
        """Let answers stand where the text has the default ones; the keys are these, the values what cookiecutter renders."""
        for default, answer in answers.items():
            self._text = self._text.replace(default, self._placeholder(answer))

    def vary(self, condition: str, otherwise: str) -> None:
        """Let the text be another one, unless a condition of cookiecutter's holds. Whole lines are exchanged.

        Raises:
            ValueError: something stands in the text already, so that another text of the same file says nothing about it.
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
        """Return the text as cookiecutter reads it."""
        literal = any(beginning in self._text for beginning in _BEGINNINGS)
        text = f"{{% raw %}}{self._text}{{% endraw %}}" if literal else self._text
        for number, inserted in enumerate(self._inserted):
            text = text.replace(
                f"\0{number}\0", f"{{% endraw %}}{inserted}{{% raw %}}" if literal else inserted
            )
        return text

    def _placeholder(self, inserted: str) -> str:
        # Such a text holds no NUL, so nothing of it is taken for a placeholder.
        self._inserted.append(inserted)
        return f"\0{len(self._inserted) - 1}\0"
