"""Deals in words: what a dealer would say of each product, and the facts that only some have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.templatetags import desk

PRODUCTS: Mapping[str, Any] = {
    "equity": _("Shares"), "bond": _("Bond"), "fx_spot": _("FX spot"), "fx_forward": _("FX forward"),
    "fx_swap": _("FX swap"), "deposit": _("Deposit"), "loan": _("Loan"), "repo": _("Repo"),
    "individual_purchase": _("Purchase from an individual"),
}  # fmt: skip
SIDES: Mapping[str, Any] = {
    "buy": _("Buy"), "sell": _("Sell"), "place": _("Place (money)"), "take": _("Take (money)"),
}  # fmt: skip
PAID: Mapping[str, Any] = {
    "at-end": _("At the end"), "monthly": _("Every month"), "quarterly": _("Every quarter"),
    "half-yearly": _("Every half year"), "yearly": _("Every year"),
}  # fmt: skip
REPAID: Mapping[str, Any] = {"at-end": _("At the end"), "equally": _("In equal parts")}
STUBS: Mapping[str, Any] = {
    "SHORT_BACK": _("Short, at the end"), "LONG_BACK": _("Long, at the end"),
    "SHORT_FRONT": _("Short, at the beginning"), "LONG_FRONT": _("Long, at the beginning"),
}  # fmt: skip
FLOWS: Mapping[str, Any] = {
    "PRINCIPAL": _("Principal"), "ACCRUED": _("Accrued interest"), "INTEREST": _("Interest"),
    "FEE": _("Fee"), "TAX": _("Tax withheld"),
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
    "individual_purchase": {
        "buy": _(
            "Buying %(quantity)s %(what)s at %(price)s %(currency)s from %(party)s, an individual; "
            "delivered %(due)s, paid after that."
        ),
    },
    "fx_spot": {
        "buy": _("Bought %(quantity)s of %(what)s at %(price)s from %(party)s, paid %(due)s."),
        "sell": _("Sold %(quantity)s of %(what)s at %(price)s to %(party)s, paid %(due)s."),
    },
    "fx_forward": {
        "buy": _("Bought %(quantity)s of %(what)s forward at %(price)s from %(party)s, paid %(due)s."),
        "sell": _("Sold %(quantity)s of %(what)s forward at %(price)s to %(party)s, paid %(due)s."),
    },
    "fx_swap": {
        "buy": _(
            "Bought %(quantity)s of %(what)s at %(price)s on %(due)s and sold back "
            "at %(far_price)s on %(far_date)s, with %(party)s."
        ),
        "sell": _(
            "Sold %(quantity)s of %(what)s at %(price)s on %(due)s and bought back "
            "at %(far_price)s on %(far_date)s, with %(party)s."
        ),
    },
    "deposit": {
        "place": _(
            "Placed %(quantity)s %(currency)s with %(party)s at %(rate)s %% "
            "from %(due)s until %(far_date)s, interest %(interest)s."
        ),
        "take": _(
            "Took %(quantity)s %(currency)s from %(party)s on deposit at %(rate)s %% "
            "from %(due)s until %(far_date)s, interest %(interest)s."
        ),
    },
    "loan": {
        "place": _(
            "Lent %(quantity)s %(currency)s to %(party)s at %(rate)s %% "
            "from %(due)s until %(far_date)s, interest %(interest)s."
        ),
        "take": _(
            "Borrowed %(quantity)s %(currency)s from %(party)s at %(rate)s %% "
            "from %(due)s until %(far_date)s, interest %(interest)s."
        ),
    },
    "repo": {
        "buy": _(
            "Reverse repo of %(quantity)s %(what)s with %(party)s: bought on %(due)s for %(near)s %(currency)s, "
            "sold back on %(far_date)s for %(far)s."
        ),
        "sell": _(
            "Repo of %(quantity)s %(what)s with %(party)s: sold on %(due)s for %(near)s %(currency)s, "
            "bought back on %(far_date)s for %(far)s."
        ),
    },
}  # fmt: skip


def sentence(deal: Any) -> str:
    """The deal as one sentence, in the reader's language."""
    figures = _figures(deal)
    far_date, rate = figures.get("far_date"), deal.details.get("rate")
    return str(SENTENCES[deal.product][deal.side]) % {
        "quantity": desk.quantity(deal.quantity), "what": dealt_in(deal),
        "price": desk.quantity(deal.price), "currency": deal.currency,
        "party": desk.name(deal.counterparty), "due": desk.day(deal.due_date),
        "accrued": _money(deal, figures.get("accrued")),
        "far_price": desk.quantity(deal.details.get("far_price")),
        "far_date": desk.day(date.fromisoformat(far_date) if far_date else None),
        "rate": desk.quantity(Decimal(rate) * 100) if rate else "",
        "interest": _money(deal, figures.get("interest_amount")),
        "near": desk.money(deal.gross_amount, deal.currency),
        "far": _money(deal, figures.get("far_amount")),
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


def _day(name: str) -> Callable[[Any, Mapping[str, Any]], str]:
    def write(_: Any, told: Mapping[str, Any]) -> str:
        return desk.day(date.fromisoformat(told[name])) if name in told else ""

    return write


def _percent(name: str) -> Callable[[Any, Mapping[str, Any]], str]:
    def write(_: Any, told: Mapping[str, Any]) -> str:
        return f"{desk.quantity(Decimal(told[name]) * 100)} %" if name in told else ""

    return write


def _plain(name: str) -> Callable[[Any, Mapping[str, Any]], str]:
    def write(_: Any, told: Mapping[str, Any]) -> str:
        return str(told.get(name, ""))

    return write


def _number(name: str) -> Callable[[Any, Mapping[str, Any]], str]:
    def write(_: Any, told: Mapping[str, Any]) -> str:
        return desk.quantity(told.get(name))

    return write


def _chosen(name: str, words: Mapping[str, Any]) -> Callable[[Any, Mapping[str, Any]], str]:
    def write(_: Any, told: Mapping[str, Any]) -> str:
        return str(words[told[name]]) if name in told else ""

    return write


def _substituted(_: Any, told: Mapping[str, Any]) -> str:
    """What took the place of the first collateral, from when on."""
    return "; ".join(
        f"{desk.day(date.fromisoformat(each['date']))}: {desk.quantity(Decimal(each['quantity']))}"
        f" {each['instrument']}"
        for each in told.get("substitutions", ())
    )


_FACTS: tuple[tuple[Any, Callable[[Any, Mapping[str, Any]], str]], ...] = (
    (_("Price kind"), _chosen("price_kind", PRICE_KINDS)),
    (_("Accrued interest"), _amount("accrued")),
    (_("Outstanding nominal of one"), _amount("outstanding")),
    (_("Tenor"), _plain("tenor")),
    (_("Far price"), _number("far_price")),
    (_("Far quantity"), _number("far_quantity")),
    (_("Value of the securities"), _amount("value")),
    (_("Haircut"), _percent("haircut")),
    (_("Substituted collateral"), _substituted),
    (_("Rate a year"), _percent("rate")),
    (_("Day count"), _plain("day_count")),
    (_("Interest is paid"), _chosen("interest", PAID)),
    (_("Principal is repaid"), _chosen("repaid", REPAID)),
    (_("Interest"), _amount("interest_amount")),
    (_("Far date"), _day("far_date")),
    (_("Far amount"), _amount("far_amount")),
)
