"""Whether what a place says it settled is what we instructed: every difference by its name. Pure."""

from __future__ import annotations

from decimal import Decimal

from backoffice.connectors.channels.instructing import units_of
from backoffice.connectors.formats.securities import Confirmation
from backoffice.connectors.formats.terms import Direction
from backoffice.connectors.places.told import About
from backoffice.kernel.decimals import plain


def units_told(confirmation: Confirmation, about: About) -> Decimal | None:
    return units_of(confirmation.terms.quantity, about.kind, about.nominal)


def differences(
    confirmation: Confirmation, about: About, amount: Decimal | None
) -> list[tuple[str, str, str]]:
    """What differs, ours and theirs. `amount` is what of our money goes with this quantity; None: unknown yet."""
    terms = confirmation.terms
    direction = Direction.DELIVER if about.delivers else Direction.RECEIVE
    found: list[tuple[str, str, str]] = [
        ("direction", direction.value, terms.direction.value),
        ("payment", _paid(about.against_payment), _paid(terms.against_payment)),
    ]  # fmt: skip
    if terms.isin:
        found.append(("isin", about.isin, terms.isin))
    if amount is not None and about.against_payment and terms.money is not None:
        found.append(
            ("money", f"{about.currency} {plain(amount)}",
             f"{terms.money.currency} {plain(terms.money.amount)}")
        )  # fmt: skip
    return [row for row in found if row[1] != row[2]]


def _paid(against_payment: bool) -> str:
    return "against payment" if against_payment else "free"
