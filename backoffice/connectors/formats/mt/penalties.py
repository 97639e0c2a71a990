"""MT537 as a list of penalties: sequences PENA, PENACUR, PENACOUNT and PENDET.

SWIFT Standards, Category 5, MT537 (D, D1, D1a, D1a1, D1a1A, D1a1B). A positive amount is one that we are entitled to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from backoffice.connectors.formats.mt.blocks import Sequence
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.holding import page_of
from backoffice.connectors.formats.mt.instructing import function_in
from backoffice.connectors.formats.mt.terms import party_in, security_of
from backoffice.connectors.formats.penalties import (
    KINDS,
    STATUSES,
    Contents,
    Penalty,
    PenaltyDay,
    PenaltyNet,
    PenaltyStatement,
    Period,
    checked,
)
from backoffice.connectors.formats.statuses import Reason
from backoffice.connectors.formats.terms import NO_REFERENCES, PlaceReferences
from backoffice.kernel.money import Money

COUNTERPARTY = ("REPA", "CPTY")  # of a group; ASDP and CASD are who services its account
NO_MONEY = Money(Decimal(0), "XXX")  # beside the problem that says why


@dataclass(slots=True)
class _List:
    """What was read of a message so far."""

    penalties: list[Penalty] = field(default_factory=list)
    nets: list[PenaltyNet] = field(default_factory=list)


def penalties_of(reading: Reading) -> PenaltyStatement:
    general = reading.sequence("GENL")
    function_in(reading, ("NEWM", "CORR"))
    page, continuation = page_of(reading, general)
    as_of = reading.one(general, "98", "STAT", required=True)
    found = _List()
    periods: list[Period] = []
    contents = Contents.BOTH
    for part in reading.root.sequences("PENA"):
        periods.append(reading.days(reading.one(part, "69", "STAT")))
        told = reading.known(part, "22F", "CODE", [*Contents])
        contents = Contents(told) if told else contents
        for group in part.sequences("PENACUR"):
            _currency(reading, group, periods[-1], found)
    return checked(PenaltyStatement(
        reference=reading.text(general, "20C", "SEME", required=True),
        account=reading.account(general, "SAFE", required=True), lines=tuple(found.penalties),
        from_day=min((first for first, _ in periods if first), default=None),
        until_day=max((last for _, last in periods if last), default=None), contents=contents,
        frequency=reading.code(general, "22F", "SFRE"), as_of=reading.day(as_of),
        number=reading.text(general, "13", "STAT"), page=page, continuation=continuation,
        nets=tuple(found.nets), told_at=reading.told_at(general), format=reading.format,
        kept=reading.kept(),
    ))  # fmt: skip


def _currency(reading: Reading, group: Sequence, period: Period, found: _List) -> None:
    computed_on = reading.day(reading.one(group, "98", "DACO"))
    for own in group.sequences("PENACOUNT"):
        counterparty = party_in(reading, own, *COUNTERPARTY)
        first = len(found.penalties) + 1
        for part in own.sequences("PENDET"):
            penalty = _penalty(reading, part, len(found.penalties) + 1)
            found.penalties.append(
                replace(penalty, counterparty=counterparty, computed_on=computed_on, period=period)
            )
        net = reading.money(reading.one(own, "19A", "AGNT", required=True), signed=True)
        if net:
            positions = tuple(range(first, len(found.penalties) + 1))
            found.nets.append(PenaltyNet(counterparty, net, positions))


def _penalty(reading: Reading, part: Sequence, position: int) -> Penalty:
    amount = reading.money(reading.one(part, "19A", "AMCO", required=True), signed=True) or NO_MONEY
    details = part.sequences("CALDET")
    security = next((each for detail in details for each in detail.sequences("FIA")), None)
    isin, description = security_of(reading, security) if security else ("", "")
    related = part.sequences("RELTRAN")
    return Penalty(
        position=position, reference=reading.text(part, "20C", "PREF"),
        common=reading.text(part, "20C", "PCOM", required=True),
        kind=reading.known(part, "22H", "PNTP", KINDS, required=True),
        we_pay=amount.amount < 0, amount=Money(abs(amount.amount), amount.currency),
        status=reading.known(part, "25D", "PNST", STATUSES) or "ACTV",
        reasons=tuple(_reasons(reading, part)),
        days=tuple(_days(reading, details)), day_count=_count(reading, part),
        method=reading.code(part, "22H", "CALM"), isin=isin, description=description,
        aggregated=reading.flag(part, "CMPU") is not False,
        previous=reading.text(part, "20C", "PPRF") or reading.text(part, "20C", "PPCM"),
        instruction=reading.text(related[0], "20C", "ACOW") if related else "",
        references=_references(reading, related[0]) if related else NO_REFERENCES,
        source_line=part.line,
    )  # fmt: skip


def _references(reading: Reading, related: Sequence) -> PlaceReferences:
    return PlaceReferences(
        servicer=reading.text(related, "20C", "ASRF"),
        infrastructure=reading.text(related, "20C", "MITI"),
        common=reading.text(related, "20C", "COMM"),
    )


def _reasons(reading: Reading, part: Sequence) -> Iterator[Reason]:
    """Their codes stand under the status as their qualifier; the words below are of all of them."""
    codes = list(reading.fields(part, "24B"))
    reading.seen.update(each.field.line for each in codes)
    words = " ".join(reading.text(part, "70D", "REAS").split())
    for each in codes:
        yield Reason(each.value.strip(), "", each.scheme)
    if words:
        yield Reason("", words)


def _days(reading: Reading, details: list[Sequence]) -> Iterator[PenaltyDay]:
    for detail in details:
        day = reading.day(reading.one(detail, "98", "PEDA", required=True))
        if day is None:
            continue
        inner = [detail, *detail.sequences("FIA")]
        parts = [
            money
            for each in reading.all(detail, "19A", "SECU", "CASH")
            if (money := reading.money(each, signed=True))
        ]
        prices = [found for each in inner if (found := reading.first(each, "90", "PRIC", "MRKT"))]
        yield PenaltyDay(
            day, money=_sum(parts), price=reading.price(prices[0]) if prices else None,
            rates=tuple(rate for each in inner for rate in _rates(reading, each)),
        )  # fmt: skip


def _sum(parts: list[Money]) -> Money | None:
    """The securities' side and the cash's of one day, in one currency, without its sign."""
    if not parts or len({each.currency for each in parts}) > 1:
        return None
    return Money(abs(sum((each.amount for each in parts), Decimal(0))), parts[0].currency)


def _rates(reading: Reading, inside: Sequence) -> Iterator[tuple[str, Decimal]]:
    """All of 92A by their qualifiers: places tell different ones."""
    for each in reading.fields(inside, "92A"):
        reading.seen.add(each.field.line)
        rate = reading.rate(each, signed=True)
        if rate is not None:
            yield each.qualifier, rate


def _count(reading: Reading, part: Sequence) -> int | None:
    found = reading.one(part, "99A", "DAAC")
    if found is None:
        return None
    text = found.value.strip()
    if text.isascii() and text.isdigit() and len(text) <= 3:
        return int(text)
    reading.wrong(found.field, text, "3n")
    return None
