"""Why a clearing house may count otherwise than we do, by worked examples; and until when it matters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from backoffice.kernel.business_days import BusinessDays
from settlements.clearing.kinds import CutOff, cut_off_of
from settlements.clearing.rules import Candidate, likely_cause
from settlements.clearing.state import NET_LIFECYCLE

# Ours, theirs; the deals: number, amount, within, waiting, reversed; the cause and the deals it names.
EXAMPLES = [
    ("they lack our sale", 70, 100, [(1, 100, True, False), (2, -30, True, False)], "not-theirs", (2,)),
    ("they lack a purchase", 100, 60, [(1, 40, True, False)], "not-theirs", (1,)),
    ("two of that amount", 70, 100, [(2, -30, True, False), (3, -30, True, False)], "not-theirs", (2, 3)),
    ("captured, not confirmed", 70, 100, [(4, 30, None, True)], "waiting", (4,)),
    ("on another account", 70, 100, [(5, 30, False, False)], "elsewhere", (5,)),
    ("sold with us, bought with them", 70, 130, [(2, -30, True, False)], "wrong-side", (2,)),
    ("all of it the other way", 70, -70, [(1, 140, True, False)], "sign", ()),
    ("they count a void purchase", 100, 140, [(6, 40, True, False, True), (1, 100, True, False)], "reversed", (6,)),
    ("they lack it as we do", 100, 60, [(6, 40, True, False, True)], "not-ours", ()),
    ("a deal of theirs alone", 70, 101, [(1, 30, False, False)], "not-ours", ()),
    ("one unit beside a deal", 70, 99, [(2, -30, True, False)], "not-ours", ()),
    ("nothing of ours at all", 0, 5, [], "not-ours", ()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "deals", "kind", "named"),
    [case[1:] for case in EXAMPLES],
    ids=[str(case[0]) for case in EXAMPLES],
)
def test_the_likely_cause(
    ours: int,
    theirs: int,
    deals: list[tuple[Any, ...]],
    kind: str,
    named: tuple[int, ...],
) -> None:
    rows = [Candidate(id, Decimal(amount), *more) for id, amount, *more in deals]
    cause = likely_cause(Decimal(ours), Decimal(theirs), rows)
    assert (cause.kind, cause.deals) == (kind, named)


@pytest.mark.parametrize(
    ("days_before", "by"),
    [
        (0, "2026-11-30T15:00:00+03:00"),
        (1, "2026-11-27T15:00:00+03:00"),
        (2, "2026-11-26T15:00:00+03:00"),
    ],
)
def test_the_cut_off_is_local_and_counts_business_days_back(days_before: int, by: str) -> None:
    rule = CutOff(zone="Europe/Moscow", by="15:00", days_before=days_before)
    found = cut_off_of(rule, date(2026, 11, 30), BusinessDays("weekdays", {}))
    assert found.isoformat() == by


# The table once more by hand, so that neither copy drifts alone.
TABLE = {
    "COMPUTED": {"match", "differ", "recompute", "agree"},
    "MATCHED": {"match", "differ", "recompute", "agree"},
    "DIFFERENT": {"match", "differ", "recompute"},
    "AGREED": {"recompute", "instruct", "reopen", "settle"},
    "INSTRUCTED": {"reopen", "settle"},
    "SETTLED": set(),
}


def test_the_steps_of_a_net_obligation() -> None:
    found = {state: {t.name for t in NET_LIFECYCLE.available_from(state)} for state in TABLE}
    assert found == TABLE
    assert NET_LIFECYCLE.transitions["agree"].makes
