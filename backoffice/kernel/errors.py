"""What can go wrong, in words of the domain.

A refusal is an exception class beside the function that raises it, child of one of the five kinds
below. It carries a public code, a title, a detail with its facts filled in and a hint that says
what to do. Nothing here knows HTTP or a language: `backoffice.problems` translates both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from backoffice.kernel.i18n import gettext_noop, in_language


class Broken(Exception):
    """An invariant of the data does not hold: a defect or damage, never the user's fault."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong with one member of an input: where, what, and what to do about it."""

    pointer: str
    code: str
    detail: str
    hint: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Refusal(Exception):
    """A step that was understood and not done. `facts` fill the templates and go to machines."""

    code: ClassVar[str] = "refused"
    title: ClassVar[str] = gettext_noop("The request was refused")
    detail: ClassVar[str] = ""
    hint: ClassVar[str] = ""

    def __init__(self, problems: Sequence[FieldProblem] = (), **facts: Any) -> None:
        super().__init__(self.code)
        self.problems = tuple(problems)
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code}: {self.filled()}"

    def filled(self, template: str | None = None) -> str:
        """The detail in English with the facts in place, for logs and stored reasons."""
        text = self.detail if template is None else template
        return text % in_language(self.facts, "en") if self.facts else text


class NotFound(Refusal):
    """Nothing there that the caller may see."""

    code = "not-found"
    title = gettext_noop("There is no such thing")
    detail = gettext_noop("%(what)s %(reference)s does not exist or is outside your scope.")
    hint = gettext_noop("Check the reference; ask an administrator if you should see it.")


class Conflict(Refusal):
    """Refused by the present state of the world; the same request may succeed later."""


class Forbidden(Refusal):
    """The caller may not do this."""


class Invalid(Refusal):
    """Refused on its own, whatever the state of the world."""


class Unavailable(Refusal):
    """Cannot be answered just now; to be tried again."""
