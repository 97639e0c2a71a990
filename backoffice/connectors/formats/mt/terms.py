"""The terms of a settlement as MT540 to 547 and 578 spell them: trade details, account, parties, amounts.

Sequence order and qualifiers: SWIFT Standards, Category 5, MT540–547 (A GENL, B TRADDET, C FIAC, E SETDET with E1
SETPRTY and E3 AMT). An amount of settlement may stand in C as well as in E3.
"""

from __future__ import annotations

import re
from decimal import Decimal

from backoffice.connectors.formats.mt.blocks import Sequence
from backoffice.connectors.formats.mt.generic import Generic, Reading, account_in
from backoffice.connectors.formats.terms import (
    Direction,
    Link,
    LinkKind,
    Party,
    PlaceReferences,
    Quantity,
    QuantityKind,
    Terms,
)
from backoffice.kernel.money import Money

# Who has an account with the place, and who stands behind them, on the side that is not ours.
AGENTS = {Direction.DELIVER: "REAG", Direction.RECEIVE: "DEAG"}
BEHIND = {Direction.DELIVER: "BUYR", Direction.RECEIVE: "SELL"}
PLACE = "PSET"
ISIN = re.compile(r"ISIN ([A-Z]{2}[A-Z0-9]{9}[0-9])(?:\n|\Z)", re.ASCII)
BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\Z", re.ASCII)
NO_QUANTITY = Quantity(QuantityKind.UNIT, Decimal(0))  # beside the problem that says why


def terms_of(
    reading: Reading, direction: Direction, against_payment: bool, *,
    quantity: str = "SETT", amount: str = "SETT",
) -> Terms:  # fmt: skip
    """`quantity` and `amount` are the qualifiers of what settles: ESTT where it has settled."""
    trade, account = reading.sequence("TRADDET"), reading.sequence("FIAC")
    details = reading.sequence("SETDET")
    isin, description = security_of(reading, trade)
    parties = parties_of(reading, details)
    counted = reading.counted(account, quantity, required=True)
    return Terms(
        direction=direction, against_payment=against_payment, quantity=counted or NO_QUANTITY,
        settlement_date=reading.day(reading.one(trade, "98", "SETT")),
        account=reading.account(account, "SAFE", required=True), isin=isin, description=description,
        trade_date=reading.day(reading.one(trade, "98", "TRAD")),
        money=amount_of(reading, amount), accrued=amount_of(reading, "ACRU"),
        price=reading.price(reading.one(trade, "90", "DEAL")), place=parties.get(PLACE),
        agent=parties.get(AGENTS[direction]), counterparty=parties.get(BEHIND[direction]),
    )  # fmt: skip


def security_of(reading: Reading, inside: Sequence) -> tuple[str, str]:
    """The ISIN of 35B and what stands below it; without an ISIN the whole is the description."""
    found = reading.plain(inside, "35B", required=True)
    if found is None:
        return "", ""
    value = found.value.strip()
    match = ISIN.match(value)
    if match:
        return match[1], value[match.end() :].strip()
    if value.startswith("ISIN") or not value:
        reading.wrong(found, value, "ISIN XS0000000000")
    return "", value


def party_in(reading: Reading, inside: Sequence, *qualifiers: str) -> Party | None:
    """A party of 95P (BIC), 95R (code of a scheme), 95Q (name), 95C (country), and its account beside it."""
    found = reading.one(inside, "95", *qualifiers)
    if found is None:
        return None
    accounts = reading.all(inside, "97", "SAFE")
    account = account_in(accounts[0]) if accounts else ""
    value = found.value.strip()
    letter = found.field.tag[2:]
    if letter == "P" and not BIC.match(value):
        reading.wrong(found.field, value, "BIC")
        return None
    if letter == "P":
        return Party(bic=value, account=account)
    if letter == "R" or found.scheme:
        return Party(code=value, scheme=found.scheme, account=account)
    return Party(name=value, account=account)


def parties_of(reading: Reading, details: Sequence) -> dict[str, Party]:
    """The parties of the sequences SETPRTY by their roles; a role that stands there twice is wrong."""
    found: dict[str, Party] = {}
    for sequence in details.sequences("SETPRTY"):
        for role in (PLACE, *AGENTS.values(), *BEHIND.values()):
            party = party_in(reading, sequence, role)
            if party and role in found:
                where = sequence.fields[0].where
                reading.problems.add("repeated-field", where, f"{role} {party.shown}")
            elif party:
                found[role] = party
    return found


def amount_of(reading: Reading, *qualifiers: str) -> Money | None:
    """An amount of sequence E3 or C; a second one of the same qualifier is wrong."""
    found: list[Generic] = []
    for sequence in (
        *reading.sequence("SETDET", required=False).sequences("AMT"),
        reading.sequence("FIAC", required=False),
    ):
        found += reading.all(sequence, "19A", *qualifiers)
    for again in found[1:]:
        reading.problems.add("repeated-field", again.field.where, again.field.value)
    return reading.money(found[0]) if found else None


def links_of(reading: Reading, inside: Sequence) -> tuple[Link, ...]:
    """What it is linked with: sequences LINK with a kind, or that name another instruction (INFO)."""
    found = []
    for sequence in inside.sequences("LINK"):
        kind = reading.one(sequence, "22F", "LINK")
        if kind is None or kind.scheme:
            continue
        reading.one(sequence, "13", "LINK")
        reference = reading.one(sequence, "20", "PREV", "RELA", "POOL", required=True)
        if reading.of_codes(kind, kind.value.strip(), [*LinkKind]) and reference:
            found.append(Link(LinkKind(kind.value.strip()), reference.value.strip()))
    return tuple(found)


def linked(reading: Reading, inside: Sequence, *qualifiers: str) -> str:
    """The first reference of these qualifiers in the sequences LINK that have no kind."""
    return _linked(
        reading, [each for each in inside.sequences("LINK") if not _kind(each)], qualifiers
    )


def related(reading: Reading, inside: Sequence) -> str:
    """Our reference (RELA), which places also give with a kind: for information, or with what it settled."""
    links = sorted(inside.sequences("LINK"), key=_kind)
    return _linked(reading, links, ("RELA",))


def _kind(link: Sequence) -> bool:
    return any(each.tag == "22F" and each.qualifier == "LINK" for each in link.fields)


def _linked(reading: Reading, links: list[Sequence], qualifiers: tuple[str, ...]) -> str:
    for qualifier in qualifiers:
        for link in links:
            found = reading.text(link, "20", qualifier)
            if found:
                reading.one(link, "13", "LINK")
                return found
    return ""


def place_references(reading: Reading, inside: Sequence) -> PlaceReferences:
    return PlaceReferences(
        servicer=linked(reading, inside, "ASRF", "PROC", "PCTI"),
        infrastructure=linked(reading, inside, "MITI"),
        common=linked(reading, inside, "COMM"),
    )
