"""What became of the messages of a file: each is added, known before, or a problem."""

from __future__ import annotations

from dataclasses import dataclass, field

from backoffice.connectors.places.told import Told
from backoffice.kernel.errors import FieldProblem


@dataclass(slots=True)
class Outcome:
    """By the positions of messages, so that one of several problems counts once."""

    added: set[int] = field(default_factory=set)
    known: set[int] = field(default_factory=set)
    bad: set[int] = field(default_factory=set)
    problems: list[FieldProblem] = field(default_factory=list)
    entities: set[int] = field(default_factory=set)

    def add(self, told: Told) -> None:
        self.added.add(told.position)

    def duplicate(self, told: Told) -> None:
        self.known.add(told.position)

    def problem(self, told: Told, *problems: FieldProblem) -> None:
        self.bad.add(told.position)
        self.problems += problems

    def take(self, other: Outcome) -> None:
        self.added |= other.added
        self.known |= other.known
        self.bad |= other.bad
        self.problems += other.problems
        self.entities |= other.entities
