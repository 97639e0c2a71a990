"""Versions of processes put in force by two persons, with steps added behind anchors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from backoffice.access.models import User
from refdata.dated_rules.kinds import RuleKind
from refdata.dated_rules.services import RuleTerms, activate_rules, propose_rule
from refdata.models import DatedRule


def with_steps(
    kind: RuleKind[Any],
    added: Mapping[str, Sequence[dict[str, Any]]],
    anchors: Mapping[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The definition that came with the base data, with steps behind its anchors, and anchors that say more."""
    base = DatedRule.objects.get(kind=kind.name, proposed_by=None).value
    steps = []
    for step in base["steps"]:
        steps.append({**step, **(anchors or {}).get(step["key"], {})})
        steps.extend(added.get(step["key"], ()))
    return {**base, "steps": steps}


def put_in_force(kind: RuleKind[Any], value: dict[str, Any], *, at: datetime) -> DatedRule:
    """A definition in force since a moment, with the example that nothing is known of a case."""
    expected = [step["key"] for step in value["steps"]]
    terms = RuleTerms(
        kind=kind.name, value=value, valid_from=date(2026, 11, 1), source="The firm's own process",
        vectors=[{"name": "nothing is known", "given": {}, "expected": expected}],
    )  # fmt: skip
    admin, manager = (User.objects.get(username=name) for name in ("admin", "manager"))
    row = propose_rule(terms=terms, actor=admin, at=at)
    activate_rules(ids=[row.pk], actor=manager, at=at).raise_single()
    return row
