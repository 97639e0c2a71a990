"""A process is a kind of dated rule, whose value is its definition; each app declares those of its subjects."""

from __future__ import annotations

from typing import Any

from backoffice.workflow.processes.deciding import Case, outcome_of
from backoffice.workflow.processes.definition import Process, ProcessKind
from refdata.dated_rules.kinds import KINDS, RuleKind, UnknownRuleKind, declare


def declare_process(value: type[Process]) -> RuleKind[Any]:
    """Make the kind of rule of a process, and declare it."""
    kind: RuleKind[Any] = RuleKind(
        name=value.kind.name, title=value.kind.title, value=value, given=Case, found=list[str],
        compute=outcome_of,
    )  # fmt: skip
    declare(kind)
    return kind


def processes() -> list[RuleKind[Any]]:
    """The kinds of processes there are, in the order of their names."""
    return [KINDS[name] for name in sorted(KINDS) if issubclass(KINDS[name].value, Process)]


def process_named(name: str) -> RuleKind[Any]:
    """Raises UnknownRuleKind."""
    known = {kind.name: kind for kind in processes()}
    if name not in known:
        raise UnknownRuleKind(kind=name, known=", ".join(known))
    return known[name]


def kind_of(rule: RuleKind[Any]) -> ProcessKind:
    """What the process of a kind of rule is about."""
    kind: ProcessKind = rule.value.kind
    return kind
