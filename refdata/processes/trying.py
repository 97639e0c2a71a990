"""A definition tried on past cases before anybody puts it in force: which of them it would have stopped. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from backoffice.workflow.processes.deciding import Case, outcome_of
from backoffice.workflow.processes.definition import Process, ProcessStep, Reaction

MOST = 20_000  # past cases that are looked at; more are told as more
MOST_EXAMPLES = 8


class PastCase(NamedTuple):
    """What was known of a case, and the version under which it ran."""

    subject_id: int
    case: Case
    version: Process | None


class Stopped(NamedTuple):
    """A past case that would not have gone straight through: by which keys, and whether it was stopped by them then."""

    subject_id: int
    case: Case
    keys: list[str]
    was: bool


class Tried(NamedTuple):
    cases: int
    more: bool
    stopped: Sequence[Stopped]

    @property
    def newly(self) -> int:
        return sum(not each.was for each in self.stopped)


def tried(process: Process, past: Sequence[PastCase]) -> Tried:
    """What a definition would have asked of the newest MOST of past cases, besides its fixed steps."""
    stopped = []
    for each in past[:MOST]:
        keys = _added(process, each.case)
        if keys:
            was = each.version is not None and _added(each.version, each.case) == keys
            stopped.append(Stopped(each.subject_id, each.case, keys, was))
    return Tried(min(len(past), MOST), len(past) > MOST, stopped)


def _added(process: Process, case: Case) -> list[str]:
    return [key for key in outcome_of(process, case) if key not in type(process).kind.anchored]


def examples(process: Process, past: Sequence[PastCase]) -> list[dict[str, Any]]:
    """Vectors of a definition: a case of which nothing is known, and past ones of each outcome that there was.

    They say no more of past cases than the conditions ask: who reads rules need not see every deal.
    """
    both: list[ProcessStep | Reaction] = [*process.steps, *process.reactions]
    asked = {test.measure for each in both for group in each.when for test in group}
    cases = [Case(), *(_only(each.case, asked) for each in reversed(past))]
    found = {tuple(outcome_of(process, case)): case for case in cases}
    return [
        {
            "name": " → ".join(keys) or "nothing", "given": msgspec.to_builtins(case),
            "expected": list(keys),
        }
        for keys, case in list(found.items())[:MOST_EXAMPLES]
    ]  # fmt: skip


def _only(case: Case, asked: set[str]) -> Case:
    return Case({name: said for name, said in case.facts.items() if name in asked}, case.days)
