"""Matching: what was decided is written in chunks, each held against what is there by then.

One matching at a time in an entity and chunk: two that decide about the same deal would both be right.
A chunk locks its deals and leaves out what changed since it was decided; that is looked at again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from backoffice.events.retrying import retried
from backoffice.workflow.transitions import Step, advance
from deals.confirming.deciding import Decision, decide
from deals.confirming.holding import hold_matching
from deals.confirming.kinds import STRAIGHT_THROUGH, Match, confirms_by_itself
from deals.confirming.models import ReceivedConfirmation
from deals.confirming.rules import Verdict
from deals.confirming.state import OPEN, ConfirmationState
from deals.services import affirm_deals
from refdata.dated_rules.rows import RuleBook
from refdata.selectors import reference_data

CHUNK = 5_000
REMEMBERED = 10_000  # kinds of deals a rule was asked about
LOOKS = 3  # at what changed while it was decided about
_S = ConfirmationState
# Products of which a message tells everything; another leg or a maturity is compared by people.
WHOLLY_TOLD = frozenset({"equity", "fund", "bond", "fx_spot", "fx_forward"})
VERBS: Mapping[ConfirmationState, str] = {
    _S.MATCHED: "match", _S.MISMATCHED: "differ", _S.ALLEGED: "allege",
    _S.AMBIGUOUS: "find_rivals",
}  # fmt: skip
_SOURCES = {state: frozenset(
    ReceivedConfirmation.lifecycles[0].transitions[verb].sources
) for state, verb in VERBS.items()}  # fmt: skip


def match_confirmations(*, ids: Sequence[int], at: datetime) -> Counter[str]:
    """Bring confirmations into the state they belong in now; counts of those that moved, by state.

    Those at their end, or matched, stay as they are. Running again changes nothing.
    """
    counts: Counter[str] = Counter()
    left = list(ids)
    for _ in range(LOOKS):
        decisions = decide(_open(left))
        left = []
        for start in range(0, len(decisions), CHUNK):
            moved, again = _write(decisions[start : start + CHUNK], at=at)
            counts += moved
            left += again
        if not left:
            break
    if counts.total() >= CHUNK:
        _tell_planner()
    return counts


def _tell_planner() -> None:
    """Until the planner knows that many are matched it takes them for few and asks deal by deal: minutes."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE deals_receivedconfirmation (state, deal_id)")


_OPEN_ONES = """
SELECT id FROM deals_receivedconfirmation WHERE id = ANY(%s) AND state = ANY(%s) ORDER BY id
"""


def _open(ids: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_ONES, [list(ids), [state.value for state in OPEN]])
        return [row[0] for row in cursor.fetchall()]


_CURRENT = """
SELECT id, state, deal_id, deal_version, verdict, differences::text, causes::text
  FROM deals_receivedconfirmation WHERE id = ANY(%s)
"""
# After the lock: whoever matched one of these deals meanwhile has committed.
_DEALS = """
SELECT d.id, d.version, d.state, d.book_id, d.entity_id, d.product, d.trade_date, e.code, p.code,
       coalesce(i.market, ''), v.details->'execution'->>'venue', v.details->'clearing'->>'mode'
  FROM deals_deal d JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  JOIN refdata_entity e ON e.id = d.entity_id JOIN refdata_party p ON p.id = d.counterparty_id
  LEFT JOIN refdata_instrument i ON i.asset_id = d.instrument_id
 WHERE d.id = ANY(%s) ORDER BY d.id FOR UPDATE OF d
"""
_MATCHED = """
SELECT deal_id FROM deals_receivedconfirmation WHERE deal_id = ANY(%s) AND state = 'MATCHED'
"""


@retried()
@transaction.atomic
def _write(decisions: Sequence[Decision], *, at: datetime) -> tuple[Counter[str], list[int]]:
    """Move a chunk; returns what moved, and what has to be decided about again."""
    hold_matching()
    about = sorted({d.deal for d in decisions if d.deal is not None})
    with connection.cursor() as cursor:
        cursor.execute(_DEALS, [about])
        deals = {row[0]: row for row in cursor.fetchall()}
        cursor.execute(_MATCHED, [about])
        matched = {row[0] for row in cursor.fetchall()}
        cursor.execute(_CURRENT, [[d.confirmation for d in decisions]])
        current = {row[0]: row[1:] for row in cursor.fetchall()}
    again = [d.confirmation for d in decisions if not _stands(d, deals, matched)]
    changed = [
        d for d in decisions
        if d.confirmation not in again and _moves(d, current[d.confirmation])
    ]  # fmt: skip
    counts: Counter[str] = Counter()
    for state, verb in VERBS.items():
        steps = [_step(d, deals) for d in changed if d.state is state]
        counts[state.value] += len(
            advance(ReceivedConfirmation, verb, steps, actor=None, at=at).done
        )
    _affirm([d for d in changed if d.state is _S.MATCHED], deals, at)
    return counts, again


def _stands(decision: Decision, deals: Mapping[int, Any], matched: set[int]) -> bool:
    if decision.deal is None:
        return True
    _, version, state, *_ = deals[decision.deal]
    taken = decision.deal in matched
    return version == decision.version and state != "CANCELLED" and not taken


def _moves(decision: Decision, current: Sequence[Any]) -> bool:
    """Whether it says anything new; what is disputed or at its end is left alone."""
    state, deal, version, verdict, differences, causes = current
    if state not in _SOURCES[decision.state]:
        return False
    if state == _S.RECEIVED:
        return True
    return (state, deal, version, verdict, msgspec.json.decode(differences), msgspec.json.decode(causes)) != (
        decision.state.value, decision.deal, decision.version, decision.verdict,
        decision.told_differences(), list(decision.causes),
    )  # fmt: skip


def _step(decision: Decision, deals: Mapping[int, Any]) -> Step:
    deal = deals.get(decision.deal or 0)
    facts: dict[str, Any] = {"causes": list(decision.causes)} if decision.causes else {}
    if decision.deal is not None:
        facts |= {
            "deal": f"D-{decision.deal}",
            "version": decision.version,
            "verdict": decision.verdict,
        }
        if decision.state is _S.MATCHED and _by_itself(decision, deal):
            facts["by_itself"] = True
    columns = {
        "deal": decision.deal, "deal_version": decision.version, "verdict": decision.verdict,
        "differences": msgspec.json.encode(decision.told_differences()).decode(),
        "causes": msgspec.json.encode(list(decision.causes)).decode(),
        "book": deal[3] if deal else None,
    }  # fmt: skip
    return Step(decision.confirmation, facts=facts, columns=columns)


def _by_itself(decision: Decision, deal: Any) -> bool:
    """Whether this match confirms its deal by itself, by the rule in force on its trade date."""
    _, _, _, _, _, product, trade_date, entity, counterparty, market, venue, clearing = deal
    if product not in WHOLLY_TOLD:
        return False
    match = Match(
        product=product, entity=entity, counterparty=counterparty, market=market, venue=venue or "",
        clearing=clearing or "BILATERAL", verdict=Verdict(decision.verdict),
    )  # fmt: skip
    return _rule_says(reference_data().rules, trade_date, match)


_said: tuple[RuleBook | None, dict[tuple[date, Match], bool]] = (None, {})


def _rule_says(rules: RuleBook, on: date, match: Match) -> bool:
    """Asked once for deals that are alike to the rule, of each snapshot of the rules."""
    global _said
    book, said = _said
    if book is not rules or len(said) > REMEMBERED:
        said = {}
        _said = (rules, said)
    if (on, match) not in said:
        rule = rules.find(STRAIGHT_THROUGH, on)
        said[on, match] = rule is not None and confirms_by_itself(rule, match)
    return said[on, match]


def _affirm(matched: Sequence[Decision], deals: Mapping[int, Any], at: datetime) -> None:
    """Deals that nobody has confirmed yet and whose match does it."""
    evidence = {
        d.deal: f"RC-{d.confirmation}"
        for d in matched
        if d.deal is not None and deals[d.deal][2] == "CAPTURED" and _by_itself(d, deals[d.deal])
    }
    affirm_deals(evidence=evidence, how="matched", at=at)
