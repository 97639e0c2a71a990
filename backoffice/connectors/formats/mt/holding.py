"""MT535: what accounts hold of each security at a moment, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from backoffice.connectors.formats.holdings import Holding, Holdings, SubBalance
from backoffice.connectors.formats.mt.blocks import Sequence
from backoffice.connectors.formats.mt.generic import Generic, Reading
from backoffice.connectors.formats.mt.instructing import function_in
from backoffice.connectors.formats.mt.terms import NO_QUANTITY, security_of

PAGE = re.compile(r"([0-9]{1,5})/(ONLY|MORE|LAST)\Z", re.ASCII)
# 93C: kind of quantity, what may be done with it, how much.
SUB_BALANCE_FORM = "UNIT/AVAI/100,"
SUB_BALANCE = re.compile(r"([A-Z]{4})/([A-Z]{4})/(N?[0-9,]+)\Z", re.ASCII)
WHOLE = ("AVAI", "NAVL")  # beside the aggregate in 93B


def holdings_of(reading: Reading) -> Holdings:
    general = reading.sequence("GENL")
    function_in(reading, ("NEWM",))
    page, continuation = page_of(reading, general)
    as_of = reading.one(general, "98", "STAT", required=True)
    account = reading.account(general, "SAFE", required=True)
    lines: list[Holding] = []
    for each in reading.root.sequences("SUBSAFE"):
        held_at = reading.account(each, "SAFE") or account
        for security in each.sequences("FIN"):
            lines.append(_holding(reading, security, len(lines) + 1, held_at))
    told = reading.code(general, "22F", "CODE")
    return Holdings(
        reference=reading.text(general, "20C", "SEME", required=True), account=account,
        as_of=reading.day(as_of) or date.min, lines=tuple(lines), as_of_at=reading.moment(as_of),
        number=reading.text(general, "13", "STAT"), page=page, continuation=continuation,
        basis=reading.code(general, "22F", "STBA"), is_update=told == "DELT",
        told_at=reading.told_at(general), format=reading.format,
        kept=reading.kept(),
    )  # fmt: skip


def page_of(reading: Reading, general: Sequence) -> tuple[int, str]:
    found = reading.plain(general, "28E", required=True)
    match = PAGE.match(found.value.strip()) if found else None
    if match is None or int(match[1]) == 0:
        if found:
            reading.wrong(found, found.value, "1/ONLY")
        return 1, "ONLY"
    return int(match[1]), match[2]


def _holding(reading: Reading, inside: Sequence, position: int, account: str) -> Holding:
    isin, description = security_of(reading, inside)
    whole = reading.one(inside, "93", "AGGR", required=True)
    return Holding(
        position=position, account=account, isin=isin, description=description,
        quantity=reading.quantity(whole, signed=True) or NO_QUANTITY,
        balances=tuple(_balances(reading, inside)),
        price=reading.price(reading.first(inside, "90", "MRKT", "INDC")),
        value=reading.money(reading.first(inside, "19A", "HOLD"), signed=True),
        source_line=inside.line,
    )  # fmt: skip


def _balances(reading: Reading, inside: Sequence) -> Iterator[SubBalance]:
    for each in reading.all(inside, "93", *WHOLE):
        counted = reading.quantity(each, signed=True)
        if counted:
            yield SubBalance(each.qualifier, counted, each.qualifier)
    for part in inside.sequences("SUBBAL"):
        for told in reading.fields(part, "93C"):
            balance = sub_balance(reading, told)
            if balance:
                yield balance


def sub_balance(reading: Reading, told: Generic) -> SubBalance | None:
    """`:93C::BLOK//UNIT/NAVL/100,`. Codes of a place are kept."""
    if told.scheme:
        return None
    reading.seen.add(told.field.line)
    match = SUB_BALANCE.match(told.value.strip())
    if match is None:
        reading.wrong(told.field, told.value, SUB_BALANCE_FORM)
        return None
    counted = reading.quantity(told._replace(value=f"{match[1]}/{match[3]}"), signed=True)
    return SubBalance(told.qualifier, counted, match[2]) if counted else None
