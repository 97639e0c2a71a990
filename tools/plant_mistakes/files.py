"""The files of a day: cut into what can be changed, and put back with every other byte as it was."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from .syntaxes import Camt, Mt940, OneC, Syntax


@dataclass
class Line:
    """One booking: its bytes as text, and what can be told of it. `amount` is positive where money came."""

    text: str
    amount: Decimal
    ours: str
    bank: str
    owner: str


OWNER = re.compile(r"\bFOR ([A-Z0-9-]+)")


@dataclass
class Statement:
    """A file with one statement of cash, cut into what stands before its lines, the lines, and what follows."""

    path: Path
    syntax: Syntax
    raw: bytes
    head: str
    tail: str
    rows: list[Line]
    account: str
    currency: str
    changed: bool = False
    deltas: set[Decimal] = field(default_factory=set)  # by which mistakes moved it so far
    sizes: set[Decimal] = field(default_factory=set)  # of its amounts
    open: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        """`open` are lines with nothing planted, of an amount that only they have: none can stand for another."""
        known = Counter(abs(row.amount) for row in self.rows)
        self.sizes = set(known)
        self.open = [
            row for row in self.rows if known[abs(row.amount)] == 1 and abs(row.amount) > 1
        ]

    def balance(self, name: str) -> Decimal:
        found = self.syntax.balances[name].search(self.head + self.tail)
        assert found is not None, f"{self.path.name} has no {name}"
        amount = self.syntax.amount(found["amount"])
        return -amount if found["sign"] == self.syntax.marks[1] else amount

    def put(self, name: str, amount: Decimal) -> None:
        """Write a balance where it stands."""
        told = {"amount": self.syntax.spelt(abs(amount)), "sign": self.syntax.marks[amount < 0]}
        self.head, self.tail = (self._put(name, text, told) for text in (self.head, self.tail))
        self.changed = True

    def _put(self, name: str, text: str, told: dict[str, str]) -> str:
        found = self.syntax.balances[name].search(text)
        if found is None:
            return text
        for group in sorted(told, key=found.start, reverse=True):
            text = text[: found.start(group)] + told[group] + text[found.end(group) :]
        return text

    def put_back(self) -> bytes:
        """The file with what was planted: its closing fits its lines."""
        return (self.head + "".join(row.text for row in self.rows) + self.tail).encode(
            self.syntax.codec
        )

    def add_up(self) -> None:
        """Make the totals and the closing those of the lines as they are now."""
        amounts = [row.amount for row in self.rows]
        closing = self.balance("opening") + sum(amounts, Decimal(0))
        self.head = self.syntax.summed(self.head, amounts)
        self.tail = self.syntax.summed(self.tail, amounts)
        self.put("closing", closing)


@dataclass
class Position:
    """One security of a statement of holdings: its bytes, account, ISIN and how much."""

    text: str
    account: str
    isin: str
    quantity: Decimal
    touched: bool = False


AGGREGATE = re.compile(r"(:93B::AGGR//[A-Z]{4}/)(N?)([0-9]+,[0-9]*)")
POSITION = re.compile(r":16R:FIN\r?\n.*?:16S:FIN\r?\n", re.DOTALL)
SAFE = re.compile(r":97A::SAFE//([^\r\n]+)")


@dataclass
class Holdings:
    """A file with a statement of holdings (MT535): its text cut at its securities."""

    path: Path
    raw: bytes
    parts: list[str | Position]
    changed: bool = False

    @property
    def positions(self) -> list[Position]:
        return [part for part in self.parts if isinstance(part, Position)]

    def put_back(self) -> bytes:
        text = "".join(part if isinstance(part, str) else part.text for part in self.parts)
        return text.encode("latin-1")


def statement_in(path: Path, raw: bytes) -> Statement | None:
    """A file of cash that can be told, None for another."""
    syntax = syntax_of(raw)
    if syntax is None:
        return None
    text = raw.decode(syntax.codec)
    account, currency = syntax.account.search(text), syntax.currency.search(text)
    spans = [match.span() for match in syntax.lines.finditer(text)]
    if account is None or currency is None:
        return None
    end = end_of_head(syntax, text)
    first, last = (spans[0][0], spans[-1][1]) if spans else (end, end)
    rows = [line_in(syntax, text[a:b], account[1]) for a, b in spans]
    return Statement(path, syntax, raw, text[:first], text[last:], rows, account[1], currency[1])


def end_of_head(syntax: Syntax, text: str) -> int:
    """Where lines would begin in a statement that has none."""
    closing = syntax.balances["closing"].search(text)
    return closing.start() if closing and isinstance(syntax, Mt940) else len(text)


def syntax_of(raw: bytes) -> Syntax | None:
    if b"<BkToCstmrStmt>" in raw:
        return Camt()
    if raw.lstrip().startswith(b"1CClientBankExchange"):
        return OneC()
    return Mt940() if b":60F:" in raw else None


def line_in(syntax: Syntax, text: str, account: str) -> Line:
    found = syntax.amounts.search(text)
    assert found is not None, f"a line without an amount: {text[:80]}"
    amount = syntax.amount(found[2])
    ours, bank, owner = syntax.ours.search(text), syntax.bank.search(text), OWNER.search(text)
    return Line(
        text, amount if syntax.is_credit(text, account) else -amount, ours[2] if ours else "",
        bank[2] if bank else "", owner[1] if owner else "",
    )  # fmt: skip


def holdings_in(path: Path, raw: bytes) -> Holdings | None:
    if b":93B::AGGR" not in raw:
        return None
    text, at, account = raw.decode("latin-1"), 0, ""
    parts: list[str | Position] = []
    for match in POSITION.finditer(text):
        before = text[at : match.start()]
        told = SAFE.findall(before)
        account = told[-1] if told else account
        isin = re.search(r":35B:ISIN ([A-Z0-9]{12})", match[0])
        how_much = AGGREGATE.search(match[0])
        assert isin is not None and how_much is not None, f"{path.name}: a security without its sum"
        quantity = Decimal(how_much[3].replace(",", ".").rstrip("."))
        parts += [before, Position(match[0], account, isin[1], quantity)]
        at = match.end()
    return Holdings(path, raw, [*parts, text[at:]])
