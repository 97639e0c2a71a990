"""Deals in words: what a dealer would say of each product, and the facts that only some have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.templatetags import desk

PRODUCTS: Mapping[str, Any] = {
    "equity": _("Shares"), "bond": _("Bond"), "fx_spot": _("FX spot"),
}  # fmt: skip
SIDES: Mapping[str, Any] = {"buy": _("Buy"), "sell": _("Sell")}
FLOWS: Mapping[str, Any] = {
    "PRINCIPAL": _("Principal"), "ACCRUED": _("Accrued interest"), "INTEREST": _("Interest"),
    "FEE": _("Fee"),
}  # fmt: skip
PRICE_KINDS: Mapping[str, Any] = {
    "clean": _("Clean, without accrued interest"), "dirty": _("Dirty, with accrued interest"),
}  # fmt: skip
# product: what is said of each side
SENTENCES: Mapping[str, Mapping[str, Any]] = {
    "equity": {
        "buy": _("Bought %(quantity)s %(what)s at %(price)s %(currency)s from %(party)s, settles %(due)s."),
        "sell": _("Sold %(quantity)s %(what)s at %(price)s %(currency)s to %(party)s, settles %(due)s."),
    },
    "bond": {
        "buy": _(
            "Bought %(quantity)s of %(what)s at %(price)s %% from %(party)s, "
            "accrued %(accrued)s %(currency)s, settles %(due)s."
        ),
        "sell": _(
            "Sold %(quantity)s of %(what)s at %(price)s %% to %(party)s, "
            "accrued %(accrued)s %(currency)s, settles %(due)s."
        ),
    },
    "fx_spot": {
        "buy": _("Bought %(quantity)s of %(what)s at %(price)s from %(party)s, paid %(due)s."),
        "sell": _("Sold %(quantity)s of %(what)s at %(price)s to %(party)s, paid %(due)s."),
    },
}  # fmt: skip


def sentence(deal: Any) -> str:
    """The deal as one sentence, in the reader's language."""
    figures = _figures(deal)
    return str(SENTENCES[deal.product][deal.side]) % {
        "quantity": desk.quantity(deal.quantity), "what": dealt_in(deal),
        "price": desk.quantity(deal.price), "currency": deal.currency,
        "party": desk.name(deal.counterparty), "due": desk.day(deal.due_date),
        "accrued": _money(deal, figures.get("accrued")),
    }  # fmt: skip


def dealt_in(deal: Any) -> str:
    """What is dealt, as short as a dealer says it."""
    if deal.instrument is None:
        return str(deal.details.get("pair", deal.currency))
    return str(deal.instrument.ticker or deal.instrument.isin or desk.name(deal.instrument.asset))


def facts(deal: Any) -> list[tuple[str, str]]:
    """What only some products have: its title, and what it is."""
    return [
        (str(title), text)
        for title, write in _FACTS
        if (text := write(deal, {**deal.details, **_figures(deal)}))
    ]


def flow_words(kind: str) -> str:
    return str(FLOWS.get(kind, kind))


def side_words(side: str) -> str:
    return str(SIDES.get(side, side))


def _figures(deal: Any) -> Mapping[str, str]:
    found: Mapping[str, str] = deal.details.get("figures", {})
    return found


def _money(deal: Any, text: str | None) -> str:
    return "" if text is None else desk.money(Decimal(text), deal.currency)


def _amount(name: str) -> Callable[[Any, Mapping[str, Any]], str]:
    def write(deal: Any, told: Mapping[str, Any]) -> str:
        amount = _money(deal, told.get(name))
        return f"{amount} {deal.currency}" if amount else ""

    return write


def _chosen(name: str, words: Mapping[str, Any]) -> Callable[[Any, Mapping[str, Any]], str]:
    def write(_: Any, told: Mapping[str, Any]) -> str:
        return str(words[told[name]]) if name in told else ""

    return write


_FACTS: tuple[tuple[Any, Callable[[Any, Mapping[str, Any]], str]], ...] = (
    (_("Price kind"), _chosen("price_kind", PRICE_KINDS)),
    (_("Accrued interest"), _amount("accrued")),
    (_("Outstanding nominal of one"), _amount("outstanding")),
)
