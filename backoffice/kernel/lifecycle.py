"""Lifecycles: the states a subject may be in, and the moves that are legal between them.

An app declares its lifecycles once, as data, in `<app>/state.py`. The service that moves rows, the
permission names, the buttons on a page and the diagram in the docs read that declaration; none
of them repeats it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from backoffice.kernel.errors import Broken, Conflict, Forbidden
from backoffice.kernel.i18n import gettext_noop


class TransitionNotAllowed(Conflict):
    code = "transition-not-allowed"
    title = gettext_noop("That step is not possible from the present state")
    detail = gettext_noop("Cannot %(action)s a %(subject)s that is %(state)s.")
    hint = gettext_noop("Take one of the steps that are open now: %(allowed)s.")


class OtherEyesRequired(Forbidden):
    code = "other-eyes-required"
    title = gettext_noop("Another person has to do this")
    detail = gettext_noop("You worked on this %(subject)s yourself, so you may not %(action)s it.")
    hint = gettext_noop("Ask a colleague with the same permission.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One legal move. `makes`: the actor's work awaits other eyes; `four_eyes`: these are they."""

    name: str
    sources: tuple[str, ...]
    target: str
    makes: bool = False
    four_eyes: bool = False
    empties_makers: bool = False
    by_rule: bool = False  # taken by a rule or a worker, never offered to a person


class Lifecycle:
    """The declared states and transitions of one column of one subject."""

    def __init__(
        self,
        *,
        subject: str,
        states: Collection[str],
        initial: str,
        transitions: Sequence[Transition],
        column: str = "state",
    ) -> None:
        self.subject = subject
        self.column = column
        self.states = tuple(states)
        self.initial = initial
        self.transitions = {transition.name: transition for transition in transitions}

        # A wrong declaration must stop the import, not the first customer.
        entered = {initial, *(t.target for t in transitions)}
        left = {source for t in transitions for source in t.sources}
        if len(self.transitions) != len(transitions) or entered != set(states):
            raise Broken(f"{subject}: states never entered or a transition named twice")
        if not left <= set(states):
            raise Broken(f"{subject}: a transition leaves a state that does not exist")

    def available_from(self, state: str) -> tuple[Transition, ...]:
        return tuple(t for t in self.transitions.values() if state in t.sources)

    def require(self, name: str, *, source: str) -> Transition:
        """The transition, or the refusal that says which steps are open instead."""
        transition = self.transitions[name]
        if source not in transition.sources:
            allowed = ", ".join(t.name for t in self.available_from(source)) or "-"
            raise TransitionNotAllowed(
                action=name, subject=self.subject, state=source, allowed=allowed
            )
        return transition
