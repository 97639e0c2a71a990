"""AllocationInstruction in a FIX drop copy (4.2 to 5.0): a dealt block, and how it is shared out. Pure.

Strict about what is shared: the parts are named once, are plain numbers, and make the block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from backoffice.connectors.formats.fix import (
    SIDES,
    FixMessage,
    FixProblem,
    day_of,
    is_plain,
    messages_in,
)

ALLOCATION = "J"
KINDS = {"0": "new", "1": "replace", "2": "cancel"}
MOST_PARTS = 10_000
# A repeating group begins with its first tag: accounts with 79, executions with 32 or 17, orders with 11.
ACCOUNTS, EXECUTIONS, ORDERS = "78", "124", "73"


@dataclass(frozen=True, slots=True)
class AllocatedPart:
    account: str
    quantity: str
    price: str = ""  # its own; else the block's average


@dataclass(frozen=True, slots=True)
class Allocation:
    """A block and its parts, as the sender tells it. `replaces` is the AllocID that this one is instead of."""

    number: int
    sender: str
    target: str
    alloc_id: str
    kind: str
    side: str
    symbol: str
    security_id: str
    quantity: str
    average_price: str
    currency: str
    trade_date: str
    settlement_date: str
    parts: tuple[AllocatedPart, ...]
    orders: tuple[str, ...] = ()
    executions: tuple[str, ...] = ()
    replaces: str = ""


def read_allocations(raw: bytes) -> tuple[list[Allocation], list[FixProblem]]:
    """The allocations of a dump, and what cannot be read of them. Nothing raises."""
    found: list[Allocation] = []
    problems: list[FixProblem] = []
    for message in messages_in(raw):
        if message.kind != ALLOCATION:
            continue
        wrong = [*message.wrong, *_wrong_with(message)]
        problems += wrong
        if not wrong:
            found.append(_allocation(message))
    return found, problems


def _wrong_with(message: FixMessage) -> Iterator[FixProblem]:
    tags, number = message.tags, message.number
    for tag in ("70", "71", "54", "55", "53", "6"):
        if not tags.get(tag):
            yield FixProblem(number, tag, "missing-tag", f"Tag {tag} is missing.")
    if tags.get("71") and tags["71"] not in KINDS:
        yield FixProblem(number, "71", "unknown-kind", "AllocTransType is not 0, 1 or 2.")
    if tags.get("54") and tags["54"] not in SIDES:
        yield FixProblem(number, "54", "unknown-side", f"Side {tags['54'][:10]!r} is not 1 or 2.")
    if tags.get("71") in ("1", "2") and not tags.get("72"):
        yield FixProblem(number, "72", "missing-tag", "What it replaces or cancels is not named.")
    for tag, scale in (("53", 8), ("6", 12)):
        if tags.get(tag) and not is_plain(tags[tag], scale):
            yield FixProblem(number, tag, "not-a-number", f"{tags[tag][:40]!r} is no plain number.")
    if tags.get("71") != "2":
        yield from _wrong_parts(message)


def _wrong_parts(message: FixMessage) -> Iterator[FixProblem]:
    tags, number, parts = message.tags, message.number, _parts(message)
    told = tags.get(ACCOUNTS, "")
    if not told.isdecimal() or int(told[:6]) != len(parts) or not 0 < len(parts) <= MOST_PARTS:
        detail = f"{told[:10]!r} parts are said, {len(parts)} are there."
        yield FixProblem(number, ACCOUNTS, "wrong-count", detail)
        return
    for part in parts:
        if not part.account:
            yield FixProblem(number, "79", "missing-tag", "A part names no account.")
        if not is_plain(part.quantity, 8):
            detail = f"{part.quantity[:40]!r} is no plain number."
            yield FixProblem(number, "80", "not-a-number", detail)
            return
    if not is_plain(tags.get("53", ""), 8):
        return
    total = sum((Decimal(part.quantity) for part in parts), Decimal(0))
    if total != Decimal(tags["53"]):
        yield FixProblem(
            number, "80", "parts-differ", f"The parts make {total}, the block is {tags['53'][:40]}."
        )


def _allocation(message: FixMessage) -> Allocation:
    tags = message.tags
    return Allocation(
        number=message.number, sender=tags["49"], target=tags["56"], alloc_id=tags["70"],
        kind=KINDS[tags["71"]], side=SIDES[tags["54"]], symbol=tags["55"],
        security_id=tags.get("48", ""), quantity=tags["53"], average_price=tags["6"],
        currency=tags.get("15", ""), trade_date=day_of(tags.get("75", "")),
        settlement_date=day_of(tags.get("64", tags.get("63", ""))), parts=tuple(_parts(message)),
        orders=tuple(_values(message, ORDERS, "11")),
        executions=tuple(_values(message, EXECUTIONS, "17")), replaces=tags.get("72", ""),
    )  # fmt: skip


def _parts(message: FixMessage) -> list[AllocatedPart]:
    """Each account with what follows it until the next one."""
    found: list[AllocatedPart] = []
    values: dict[str, str] = {}
    inside = False
    for tag, value in [*message.pairs, ("79", "")]:
        if tag == ACCOUNTS:
            inside = True
        elif inside and tag == "79":
            if values:
                found.append(
                    AllocatedPart(
                        values["79"], values.get("80", ""), values.get("366", values.get("153", ""))
                    )
                )
            values = {"79": value}
        elif inside and values:
            values.setdefault(tag, value)
    return found


def _values(message: FixMessage, group: str, wanted: str) -> Iterator[str]:
    """The values of a tag after the counter of its group."""
    inside = False
    for tag, value in message.pairs:
        if tag == group:
            inside = True
        elif tag in (ACCOUNTS, EXECUTIONS, ORDERS):
            inside = False
        elif inside and tag == wanted:
            yield value
