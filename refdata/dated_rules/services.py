"""Everything that can be done to dated rules: proposed by one person, put in force by another.

A handful of rows at a time: each is decided for itself, in a savepoint of its own, because coming into
force also ends the row before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from refdata.dated_rules.kinds import RuleKind, kind_named
from refdata.dated_rules.state import RuleState
from refdata.dated_rules.vectors import (
    RuleMalformed,
    require_storable,
    require_vectors,
    try_vectors,
    value_of,
    vectors_of,
)
from refdata.models import DatedRule


class RulesOverlap(Conflict):
    code = "rules-overlap"
    title = gettext_noop("Another rule is in force on some of these days")
    detail = gettext_noop("%(rule)s and a row in force of %(kind)s %(key)s cover the same days.")
    hint = gettext_noop("Propose it again on what is in force now, or repeal that row first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTerms:
    """What a proposed rule says; `value` and `vectors` as JSON of the shape its kind asks for."""

    kind: str
    key: str = ""
    value: Any
    vectors: Any = field(default_factory=list)
    valid_from: date
    valid_until: date | None = None
    source: str
    reason: str = ""


@transaction.atomic
def propose_rule(*, terms: RuleTerms, actor: User, at: datetime) -> DatedRule:
    """Store a rule as a draft; it computes once another person has put it in force.

    It supersedes the row in force on its first day. Raises UnknownRuleKind, RuleMalformed.
    """
    kind = kind_named(terms.kind)
    require_terms(kind, terms)
    row = DatedRule.objects.create(
        kind=terms.kind, key=terms.key, value=terms.value, vectors=terms.vectors,
        valid_from=terms.valid_from, valid_until=terms.valid_until, source=terms.source,
        reason=terms.reason, supersedes=_in_force(terms), born_state=RuleState.DRAFT,
        makers=[actor.pk], proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    facts = {"kind": row.kind, "key": row.key, "valid_from": row.valid_from.isoformat()}
    event = NewEvent(
        kind="rule.propose", subject_type="rule", subject_id=row.pk,
        target=RuleState.DRAFT.value, reason=row.reason, facts=facts,
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


def require_terms(kind: RuleKind[Any], terms: RuleTerms) -> None:
    """Raises RuleMalformed for terms that their kind cannot read."""
    if not kind.takes(terms.key):
        known = [*filter(None, (*kind.keys, kind.key_pattern))]
        raise RuleMalformed(what="key", problem=", ".join(known) or "–")
    if terms.valid_until is not None and terms.valid_until <= terms.valid_from:
        raise RuleMalformed(what="valid_until", problem=terms.valid_until.isoformat())
    require_storable("value", terms.value)
    require_storable("vectors", terms.vectors)
    value_of(kind, terms.value)
    vectors_of(kind, terms.vectors)


def _in_force(terms: RuleTerms) -> DatedRule | None:
    on = terms.valid_from
    rows = DatedRule.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=on),
        Q(superseded_from__isnull=True) | Q(superseded_from__gt=on),
        kind=terms.kind, key=terms.key, state=RuleState.IN_FORCE, valid_from__lte=on,
    )  # fmt: skip
    return rows.first()


def activate_rules(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Put rules in force, as the second pair of eyes; each ends the one it supersedes.

    Refused: RuleWithoutVectors, VectorFails, RulesOverlap, OtherEyesRequired.
    """
    return _each(ids, lambda row: _activate(row, actor, at))


def _activate(row: DatedRule, actor: User, at: datetime) -> None:
    kind = kind_named(row.kind)
    vectors = vectors_of(kind, row.vectors)
    require_vectors(str(row), try_vectors(kind, value_of(kind, row.value), vectors))
    facts = {"vectors": len(vectors)}
    step = Step(row.pk, row.reason, facts, {"approved_by": actor.pk})
    advance(DatedRule, "activate", [step], actor=actor, at=at).raise_single()
    if row.supersedes_id is not None:
        _end(row.supersedes_id, "supersede", row.valid_from, f"{row}", at)


def repeal_rules(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Take rules out of force by other eyes than the proposer's; what each superseded computes again.

    Refused with RulesOverlap where a later row stands in the way: that one is repealed first.
    """
    return _each(ids, lambda row: _repeal(row, reason, actor, at))


def _repeal(row: DatedRule, reason: str, actor: User, at: datetime) -> None:
    advance(DatedRule, "repeal", [Step(row.pk, reason)], actor=actor, at=at).raise_single()
    if row.supersedes_id is not None:
        _end(row.supersedes_id, "resume", None, f"{row}", at)


def _end(id: int, verb: str, day: date | None, cause: str, at: datetime) -> None:
    """Move the end of a row; one that was repealed meanwhile has nothing to move."""
    facts = {"cause": cause, "until": day.isoformat() if day else None}
    step = Step(id, facts=facts, columns={"superseded_from": day})
    advance(DatedRule, verb, [step], actor=None, at=at)


@transaction.atomic
def _each(ids: Sequence[int], take: Callable[[DatedRule], None]) -> Outcome:
    """Decide on each rule by itself; the rows of its scope are locked first."""
    _lock(ids)
    rows = DatedRule.objects.in_bulk(ids)

    def decide(id: int) -> None:
        if id not in rows:
            raise NotFound(what="rule", reference=f"RL-{id}")
        _with_ends_checked(rows[id], take)

    return each_by_itself(ids, decide)


def _lock(ids: Sequence[int]) -> None:
    """All rows of the scopes concerned, so that rivals in one scope come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.id FROM refdata_datedrule r WHERE (r.kind, r.key) IN"
            " (SELECT g.kind, g.key FROM refdata_datedrule g WHERE g.id = ANY(%s))"
            " ORDER BY r.id FOR UPDATE OF r",
            [list(ids)],
        )


def _with_ends_checked(row: DatedRule, take: Callable[[DatedRule], None]) -> None:
    """The row comes into force before the other ends: the database is asked when both are done."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS rule_in_force_once DEFERRED")
            take(row)
            cursor.execute("SET CONSTRAINTS rule_in_force_once IMMEDIATE")
    except IntegrityError as error:
        if "rule_in_force_once" not in str(error):
            raise
        raise RulesOverlap(rule=str(row), kind=row.kind, key=row.key) from None


@transaction.atomic
def adopt_rules(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The law is adopted and waits for its day; who says so has worked on the row."""
    return advance(DatedRule, "adopt", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def decline_rules(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Refuse rules that another person proposed."""
    return advance(DatedRule, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def withdraw_rules(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Take back rules that are not in force."""
    return advance(DatedRule, "withdraw", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def verify_rules(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Sign that the rows were held against their primary sources; `reason` says which was read.

    Without it a row computes nothing in production.
    """
    steps = [Step(id, reason, columns={"verified_by": actor.pk}) for id in ids]
    return advance(DatedRule, "verify", steps, actor=actor, at=at)
