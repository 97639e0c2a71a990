"""What a limit of a kind is about, and what is wrong with one that is proposed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from limits.state import LimitKind


class About(NamedTuple):
    """What a kind is about: one of these at least, and one at most where they exclude each other."""

    names: tuple[str, ...]
    alone: bool = False


_DEALERS, _PARTY = About(("book", "trader")), About(("party", "group"), alone=True)
ABOUT: Mapping[str, About] = {
    LimitKind.DEALER: _DEALERS,
    LimitKind.BOOK: About(("book",)),
    LimitKind.INSTRUMENT: About(("instrument",)),
    LimitKind.ISSUER: _PARTY,
    LimitKind.TENOR: About(("tenor",)),
    LimitKind.COUNTERPARTY_PRESETTLEMENT: _PARTY,
    LimitKind.COUNTERPARTY_SETTLEMENT: _PARTY,
    LimitKind.NOSTRO: About(("nostro_currency",)),
    LimitKind.OPEN_CURRENCY_POSITION: About(("nostro_currency",)),
    LimitKind.OPEN_CURRENCY_TOTAL: About(()),  # of the whole entity
    LimitKind.STOP_LOSS: _DEALERS,
}
NAMES = ("book", "party", "group", "instrument", "trader", "tenor", "nostro_currency")


def problems_of(
    kind: str, about: Mapping[str, object], *, currency: str, cap: Decimal, minor_unit: int
) -> list[FieldProblem]:
    """What is wrong with a limit of a kind that names `about`, each beside its field."""
    return list(_problems(kind, about, currency, cap, minor_unit))


def _problems(
    kind: str, about: Mapping[str, object], currency: str, cap: Decimal, minor_unit: int
) -> Iterator[FieldProblem]:
    wanted = ABOUT[kind]
    named = [name for name in NAMES if about.get(name)]
    said = [name for name in named if name in wanted.names]
    facts = {"kind": kind, "names": ", ".join(wanted.names)}
    hint = gettext_noop("A limit of kind %(kind)s names: %(names)s.")
    if not wanted.names:
        hint = gettext_noop("A limit of kind %(kind)s is of the whole entity.")
    for name in named:
        if name not in wanted.names:
            text = gettext_noop("A limit of this kind is not about that.")
            yield FieldProblem(f"/{name}", "not-of-this-kind", text, hint, facts)
    if not said and wanted.names:
        text = gettext_noop("Whom or what the limit is about is missing.")
        yield FieldProblem(f"/{wanted.names[0]}", "required", text, hint, facts)
    if wanted.alone and len(said) > 1:
        text = gettext_noop("It is about one of them, not about both.")
        yield FieldProblem(f"/{said[1]}", "one-only", text, hint, facts)
    money = kind == LimitKind.OPEN_CURRENCY_POSITION
    if money and about.get("nostro_currency") not in (None, "", currency):
        text = gettext_noop("A position is counted in the currency that it is in.")
        yield FieldProblem(
            "/currency", "other-currency", text, gettext_noop("Name the same currency twice.")
        )
    if cap != round(cap, minor_unit):
        text = gettext_noop("It has more decimals than its currency.")
        yield FieldProblem(
            "/amount", "too-many-decimals", text,
            gettext_noop("At most %(decimals)s after the point."), {"decimals": minor_unit},
        )  # fmt: skip
