"""What deals need of limits, as the API writes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from backoffice.kernel.money import Money
from deals.exposing.asking import Answer, Suggestion, Use
from deals.exposing.exposure import DealNeed
from deals.exposing.what_if import Effect, Found
from refdata.selectors import money_document


def need_document(need: DealNeed, **amounts: Decimal) -> dict[str, Any]:
    """A limit with what is needed of it, and further amounts in its currency."""
    return {
        "limit": f"L-{need.limit.id}",
        "kind": need.limit.kind,
        "name": need.limit.name,
        "basis": need.basis,
        **{name: _money(need, amount) for name, amount in amounts.items()},
    }


def use_document(use: Use) -> dict[str, Any]:
    """How a limit stands beside what the deal needs of it."""
    limit = use.limit
    return need_document(
        use.need, needed=use.needed, available=use.available, used=limit.used,
        reserved=limit.reserved, cap=limit.cap, override=limit.in_force, short=use.short,
    ) | {"fits": not use.short, "taken": use.taken}  # fmt: skip


def suggestion_document(suggestion: Suggestion) -> dict[str, Any]:
    if suggestion.limits:
        rows = [need_document(need, more=short) for need, short in suggestion.limits]
        return {"change": suggestion.change, "limits": rows}
    return {"change": suggestion.change, "to": suggestion.value}


def answer_document(answer: Answer) -> dict[str, Any]:
    return {
        "fits": answer.fits,
        "limits": [use_document(use) for use in answer.uses],
        "would_pass": [suggestion_document(each) for each in answer.would_pass],
    }


def found_document(found: Found) -> dict[str, Any]:
    """Limits before and after; `whole` is false where there are more deals than are looked at."""
    return {"whole": found.whole, "limits": [_effect(each) for each in found.effects]}


def _effect(effect: Effect) -> dict[str, Any]:
    limit = effect.limit
    amounts = {
        "cap": (limit.cap, effect.cap),
        "used": (limit.used, effect.used),
        "available": (effect.available_before, effect.available_after),
        "excess": (limit.excess, effect.excess_after),
    }
    return {
        "limit": f"L-{limit.pk}", "kind": limit.kind, "name": limit.name,
        **{
            name: {
                "before": money_document(Money(before, limit.currency)),
                "after": money_document(Money(after, limit.currency)),
            }
            for name, (before, after) in amounts.items()
        },
    }  # fmt: skip


def _money(need: DealNeed, amount: Decimal) -> dict[str, str]:
    return money_document(Money(amount, need.limit.currency))
