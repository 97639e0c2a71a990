"""A played place that is spoken to in messages: what we write goes in, what it says is read by our readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from backoffice.connectors.formats.mt.commanding import write_mt_command
from backoffice.connectors.formats.mt.settlement import write_mt_instruction
from backoffice.connectors.formats.mt.spelling import Addresses
from backoffice.connectors.formats.recognising import read_each_securities
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.formats.securities import Command, Confirmation, Instruction
from backoffice.connectors.formats.sese.commanding import write_sese_command
from backoffice.connectors.formats.sese.instructing import write_sese_instruction
from backoffice.connectors.formats.sese.writing import Header
from backoffice.connectors.formats.statuses import Axis, StatusAdvice
from backoffice.connectors.formats.terms import (
    Direction,
    Partial,
    Party,
    Quantity,
    QuantityKind,
    Terms,
)
from backoffice.connectors.simulator.place import PlayedPlace
from backoffice.connectors.simulator.script import script_in
from backoffice.kernel.money import Money

AT = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
ISIN, US, THEY = "RU0009029540", "SABRRUMMXXX", "MICURUMMXXX"
OWN, CASH, RUBLES = "DEPO-OWN", "DEPO-CASH", "40702810600000000118"
MT, ISO = "MT", "ISO20022"
BALANCES = ((OWN, ISIN, "1000"), (CASH, "RUB", "1000000.00"), (RUBLES, "RUB", "1000000.00"))
ACCOUNTS = (
    (CASH, "camt.053.001.08", "RUB", CASH, ""),
    (OWN, "MT535", "", OWN, ""),
    (RUBLES, "1C", "RUB", RUBLES, ""),
)


class Place:
    """The place, and what it said since the last time that it was asked."""

    def __init__(self, folder: Path, *, script: str = "", **more: Any) -> None:
        self.folder = folder
        for name in ("out", "in", "answered"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.write("balances.csv", ("party,asset,quantity", *(",".join(row) for row in BALANCES)))
        self.write(
            "accounts.csv",
            ("account,format,currency,parties,bank", *(",".join(r) for r in ACCOUNTS)),
        )
        self.script, self.more = script_in(script), more
        self.known: set[Path] = set()

    def write(self, name: str, lines: tuple[str, ...]) -> None:
        (self.folder / name).write_text("\n".join(lines) + "\n")

    @property
    def played(self) -> PlayedPlace:
        """Begun anew each time: it remembers what it knows."""
        return PlayedPlace(
            self.folder, "DEPO", balances=self.folder / "balances.csv",
            accounts=self.folder / "accounts.csv", script=self.script, **self.more,
        )  # fmt: skip

    def mail(self, content: bytes, name: str) -> None:
        (self.folder / "out" / name).write_bytes(content)

    def cycle(self, *, at: datetime = AT, is_last: bool = False) -> list[str]:
        self.played.work(at=at, is_last=is_last)
        return [said for path in self.fresh() if "answer" in path.name for said in self.said(path)]

    def fresh(self) -> list[Path]:
        """In the order in which a channel takes them."""
        found = set((self.folder / "in").iterdir()) - self.known
        self.known |= found
        return sorted(found)

    def said(self, path: Path) -> Iterator[str]:
        try:
            yield from (short(each) for each in read_each_securities(path.read_bytes()))
        except Refused:
            yield "?"


def short(each: Any) -> str:
    """`S1 MTCH NMAT CMIS` of a status, `S1 settled 100 5000.00` of a confirmation, `?` of what cannot be read."""
    if isinstance(each, StatusAdvice):
        told = [(axis, each.code(axis)) for axis in Axis if each.code(axis)]
        reasons = filter(None, each.reasons)
        return " ".join((each.about, *(part for pair in told for part in pair), *reasons))
    if isinstance(each, Confirmation):
        money = f"{each.terms.money.amount:.2f}" if each.terms.money else ""
        words = (
            each.instruction,
            "settled",
            f"{each.terms.quantity.amount:f}",
            money,
            each.in_parts,
        )
        return " ".join(filter(None, words))
    return "?"


def instruction(reference: str = "S1", **more: Any) -> Instruction:
    terms: dict[str, Any] = {
        "direction": Direction.DELIVER, "against_payment": True,
        "quantity": Quantity(QuantityKind.UNIT, Decimal(100)), "settlement_date": date(2026, 11, 24),
        "account": OWN, "isin": ISIN, "trade_date": date(2026, 11, 23),
        "money": Money(Decimal("31245.00"), "RUB"), "place": Party(bic=THEY),
        "agent": Party(bic="IRVTUS3NXXX", account="DEPO-THEM"),
    }  # fmt: skip
    own = {name: more.pop(name) for name in ("on_hold", "partial", "priority") if name in more}
    return Instruction(
        reference=reference, terms=Terms(**terms | more), cash_account=CASH,
        partial=own.pop("partial", Partial.NOT_ALLOWED), **own,
    )  # fmt: skip


def free(**more: Any) -> Instruction:
    return replace(
        instruction(direction=Direction.RECEIVE, against_payment=False, money=None, **more),
        cash_account="",
    )


def written(asked: Instruction | Command, tongue: str) -> tuple[bytes, str]:
    """What is asked as it leaves us, and the ending of its file."""
    if tongue == MT:
        write = write_mt_command if isinstance(asked, Command) else write_mt_instruction
        return write(asked, Addresses(US, THEY)), "fin"  # type: ignore[arg-type]
    header = Header(US, THEY, asked.reference, AT)
    if isinstance(asked, Command):
        return write_sese_command(asked, header), "xml"
    return write_sese_instruction(asked, header), "xml"


def send(place: Place, tongue: str, *asked: Instruction | Command) -> None:
    for each in asked:
        content, ending = written(each, tongue)
        place.mail(content, f"DEPO-OUT-{each.reference}.{ending}")
