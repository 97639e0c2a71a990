"""What columns can be mapped to: the members of every product, and what a file may say besides. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec

from deals.products import PRODUCTS


class Kind(StrEnum):
    """How a cell becomes a member."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"


# Beside the members of the terms: what helps to read the others, and what the file says they come to.
BESIDE: Mapping[str, Kind] = {
    "time": Kind.TEXT,  # of the deal, where its day stands in a column of its own
    "zone": Kind.TEXT,
    "fee": Kind.NUMBER,  # ours, in the currency of the deal
    "net_amount": Kind.NUMBER,  # compared with what we work out
    "notional_currency": Kind.TEXT,  # of a pair: must be the one the quantity is of
}
NOT_MAPPED = frozenset({"product", "external_ref", "stage", "fees", "origin"})
# Members that a deal waits for, when it is executed and lacks nothing else: they are looked up or asked.
WAITED_FOR = frozenset(
    {"book", "counterparty", "instrument", "currency", "pair", "client", "account", "day_count"}
)


@cache
def members() -> Mapping[str, Kind]:
    """Every member that a column can be mapped to, with a dot for those inside others."""
    found: dict[str, Kind] = {}
    for product in PRODUCTS.values():
        found |= dict(_leaves(product.terms, ""))
    return {**{name: found[name] for name in found if name not in NOT_MAPPED}, **BESIDE}


@cache
def members_of(what: str) -> frozenset[str]:
    """The members that rows of a product are read for; of FX those of both its kinds."""
    products = (SPOT, FORWARD) if what == FX else (what,)
    own = {name for each in products for name, _ in _leaves(PRODUCTS[each].terms, "")}
    return frozenset(own | BESIDE.keys())


@cache
def required_of(what: str) -> tuple[str, ...]:
    """The members without which no deal of a product can be made; the book is the one of the import."""
    fields = msgspec.structs.fields(PRODUCTS[SPOT if what == FX else what].terms)
    names = [each.encode_name for each in fields if each.required]
    return tuple(name for name in names if name not in NOT_MAPPED | {"book"})


def _leaves(terms: type[msgspec.Struct], prefix: str) -> Iterator[tuple[str, Kind]]:
    for field in msgspec.structs.fields(terms):
        name = f"{prefix}{field.encode_name}"
        if name in NOT_MAPPED:
            continue
        inner = _struct_in(field.type)
        if inner is None:
            yield name, _kind_of(name, field.type)
        elif "list" not in repr(field.type)[:24]:
            yield from _leaves(inner, f"{name}.")


def _struct_in(expected: Any) -> type[msgspec.Struct] | None:
    for part in (expected, *getattr(expected, "__args__", ())):
        if isinstance(part, type) and issubclass(part, msgspec.Struct):
            return part
    return None


def _kind_of(name: str, expected: Any) -> Kind:
    """By the pattern that the member itself declares."""
    spelt = repr(expected)
    if "[0-9]{1,15}" in spelt:
        return Kind.NUMBER
    if r"\\d{4}-\\d{2}-\\d{2}" in spelt:
        return Kind.DAY
    return Kind.MOMENT if name == "traded_at" else Kind.TEXT


# One word for both where files have but one: which of them it is, its date of payment says.
FX, SPOT, FORWARD = "fx", "fx_spot", "fx_forward"
# What a row may be instead of a deal that we keep; refused under this name, whatever else it says.
REASONS = (
    "not-a-deal-cash", "not-a-deal-dividend", "not-a-deal-interest", "not-a-deal-tax",
    "not-a-deal-fee", "not-a-deal-split", "not-a-deal-adjustment", "not-a-deal-position",
    "not-a-deal-payment", "not-a-deal-rate", "not-a-deal-order", "not-a-deal-total",
    "not-a-deal-continuation", "unsupported-option", "unsupported-future", "unsupported-fra",
    "unsupported-swap",
)  # fmt: skip
# Rows that hold nothing that could be lost: they do not hold up an import of all or nothing.
BLANK, BEFORE_HEADER, LEFT_OUT = "blank-row", "before-header", "left-out"
HARMLESS = frozenset({BLANK, BEFORE_HEADER, LEFT_OUT})
