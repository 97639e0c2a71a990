"""Limits, their changes and breaches as the API writes them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from backoffice.events.models import Event
from backoffice.kernel.money import Money
from limits import selectors
from limits.models import Breach, CapChange, Closing, LimitChange, Opening, Override
from limits.selectors import DayUse
from limits.state import POSITIONS
from refdata.selectors import money_document


def limit_document(
    row: Any, days: Sequence[DayUse] = (), headroom: Money | None = None
) -> dict[str, Any]:
    """A limit with its utilisation, by settlement date too; every amount in the limit's currency.

    Of a position `net` is the sum with its sign. `bound` is what a dated rule
    allows at most. `headroom` is what is available in the currency that was asked for.
    """
    amounts = {
        "cap": row.cap,
        "used": row.used,
        "reserved": row.reserved,
        "excess": row.excess,
        "available": selectors.available(row),
        "override": row.in_force,
    }
    return {
        "reference": f"L-{row.pk}",
        "name": row.name,
        "kind": row.kind,
        "about": selectors.about(row),
        **{name: _money(value, row.currency) for name, value in amounts.items()},
        **({"net": _money(row.net, row.currency)} if row.kind in POSITIONS else {}),
        **({"bound": _money(row.bound, row.currency)} if row.bound is not None else {}),
        "closed_at": row.closed_at,
        **({"headroom": money_document(headroom)} if headroom else {}),
        **({"days": [_day(each, row.currency) for each in days]} if days else {}),
    }


def _day(row: DayUse, currency: str) -> dict[str, Any]:
    return {"day": row.day, "used": _money(row.amount, currency), "settlements": row.settlements}


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    return money_document(Money(amount, currency))


def _change(row: Override | CapChange) -> dict[str, Any]:
    amount = _money(row.amount, row.limit.currency)
    return {**_decided(row, row.limit_id), "amount": amount}


def _decided(row: LimitChange, limit_id: int | None) -> dict[str, Any]:
    return {
        "reference": str(row),
        "status": row.state,
        "limit": f"L-{limit_id}" if limit_id else None,
        "valid_from": row.valid_from,
        "reason": row.reason,
        "document": row.document,
        "proposed_by": row.proposed_by.username,
        "proposed_at": row.proposed_at,
        "approved_by": row.approved_by.username if row.approved_by else None,
    }


def override_document(row: Override) -> dict[str, Any]:
    return {**_change(row), "valid_until": row.valid_until}


def cap_document(row: CapChange) -> dict[str, Any]:
    """A change of a cap; `before` is the cap it replaced, once it has."""
    before = None if row.before is None else _money(row.before, row.limit.currency)
    return {**_change(row), "before": before}


def opening_document(row: Opening) -> dict[str, Any]:
    """A limit that is proposed; `limit` is what came of it, once it is there."""
    return {
        **_decided(row, row.limit_id),
        "entity": row.entity.code,
        "kind": row.kind,
        "name": row.name,
        "about": selectors.about(row),
        "amount": _money(row.amount, row.currency),
    }


def closing_document(row: Closing) -> dict[str, Any]:
    return _decided(row, row.limit_id)


def breach_document(row: Breach) -> dict[str, Any]:
    """A breach: how much was beyond the limit when it opened, and how much is now."""
    return {
        "reference": str(row),
        "status": row.state,
        "limit": f"L-{row.limit_id}",
        "name": row.limit.name,
        "cause": row.cause,
        "source": f"{row.source_type}:{row.source_id}",
        "amount": _money(row.amount, row.limit.currency),
        "excess": _money(row.limit.excess, row.limit.currency),
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "owner": row.owner.username if row.owner else None,
    }


def event_document(row: Event) -> dict[str, Any]:
    """One thing that happened to a limit: what, to which of its subjects, who, when and why."""
    return {
        "event": row.kind,
        "subject": f"{row.subject_type}:{row.subject_id}",
        "status": row.target,
        "at": row.recorded_at,
        "by": row.actor.username if row.actor else None,
        "reason": row.reason,
        "facts": row.facts,
    }
