#!/usr/bin/env python3
"""Plants mistakes in the files of a day, as banks and networks make them, and lists them apart.

Nothing but Python's standard library: whoever doubts that a reconciliation finds what is wrong needs this one file
and the files of a day. It reads camt.053, MT940, 1CClientBankExchange and MT535 by itself and changes rows and bytes
where they lie; every byte that no mistake touches stays as it is.

A bank that books wrongly has a closing balance that fits its wrong lines, so the balances are worked out anew. No two
mistakes undo each other unless that is the mistake. The same seed plants the same.

    plant_mistakes.py FOLDER --seed 7 --share 0.02 --list mistakes.jsonl

Each line of the list is one mistake: its kind, file, account and, where it is of a line, the reference of the line and
what stood there and stands there now.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

CENT = Decimal("0.01")
LATE_DAYS = 2  # of a value date
# Of lines: a bank booked something else than what happened.
LINE_KINDS = (
    "cent", "offsetting", "missing_line", "extra_line", "twin", "wrong_sign", "other_account",
    "late_value", "wrong_owner",
)  # fmt: skip
# Of whole statements of cash: each takes one for itself.
FILE_KINDS = (
    "missing_statement", "wrong_closing", "broken_opening", "duplicate_file", "cut_off",
    "malformed_line",
)  # fmt: skip
HOLDING_KINDS = ("holding_off", "missing_position", "holding_owner")
KINDS = (*LINE_KINDS, *FILE_KINDS, *HOLDING_KINDS)
LEFT_FOR_LINES = 2  # statements at least, where lines go wrong too
MOST_DAMAGED = 3  # one statement in so many loses its whole file, or its balance


class Syntax:
    """How a format spells a statement of cash. The text is cut at its lines, whatever stands between them is kept."""

    codec = "utf-8"
    lines: re.Pattern[str]
    amounts: re.Pattern[str]  # of a line: its groups are what stands before, the amount, and after
    ours: re.Pattern[str]
    bank: re.Pattern[str]
    value_date: re.Pattern[str]
    balances: ClassVar[dict[str, re.Pattern[str]]]
    marks: tuple[str, str]  # of a balance: in credit, in debit
    account: re.Pattern[str]
    currency: re.Pattern[str]
    day_form = "%Y-%m-%d"

    def spelt(self, amount: Decimal) -> str:
        return f"{amount:.2f}"

    def amount(self, text: str) -> Decimal:
        return Decimal(text.replace(",", ".").rstrip("."))

    def is_credit(self, line: str, account: str) -> bool:
        raise NotImplementedError

    def turned(self, line: str) -> str:
        """The line with the other sign."""
        raise NotImplementedError

    def moved(self, line: str, old: str, new: str) -> str:
        """The line on another account."""
        return line

    def named(self, line: str, old: str, new: str) -> str:
        """The line with another reference of ours, in its field and wherever its words have it."""
        line = self.ours.sub(lambda m: f"{m[1]}{new}{m[3]}", line, count=1)
        return re.sub(rf"(?<![\w-]){re.escape(old)}(?![0-9])", lambda _: new, line)

    def summed(self, text: str, amounts: Sequence[Decimal]) -> str:
        """What stands around the lines, with the totals that it states of them."""
        return text

    def broken(self, line: str) -> str:
        """The line with an amount that is none."""
        return self.amounts.sub(lambda m: f"{m[1]}{m[2][:-1]}x{m[3]}", line, count=1)


class Camt(Syntax):
    lines = re.compile(r"[ \t]*<Ntry>.*?</Ntry>[ \t]*\r?\n?", re.DOTALL)
    amounts = re.compile(r'(<Amt Ccy="[A-Z]{3}">)([0-9.]+)(</Amt>)')
    ours = re.compile(r"(<InstrId>)(.*?)(</InstrId>)")
    bank = re.compile(r"(<AcctSvcrRef>)(.*?)(</AcctSvcrRef>)")
    value_date = re.compile(r"(<ValDt>\s*<Dt>)(.*?)(</Dt>)")
    balances: ClassVar = {
        name: re.compile(
            rf'<Cd>{code}</Cd>(?:(?!</Bal>).)*?<Amt Ccy="[A-Z]{{3}}">(?P<amount>[0-9.]+)'
            r"</Amt>\s*<CdtDbtInd>(?P<sign>CRDT|DBIT)</CdtDbtInd>",
            re.DOTALL,
        )
        for name, code in (("opening", "OPBD"), ("closing", "CLBD"))
    }
    marks = ("CRDT", "DBIT")
    account = re.compile(r"<Acct>\s*<Id>\s*(?:<Othr>\s*<Id>|<IBAN>)(.*?)</")
    currency = re.compile(r'<Bal>.*?Ccy="([A-Z]{3})"', re.DOTALL)
    signs: ClassVar = {"CRDT": "DBIT", "DBIT": "CRDT"}
    sides: ClassVar = {"Dbtr": "Cdtr", "Cdtr": "Dbtr"}

    def is_credit(self, line: str, account: str) -> bool:
        return "<CdtDbtInd>CRDT" in line

    def turned(self, line: str) -> str:
        line = re.sub(r"(?<=<CdtDbtInd>)(CRDT|DBIT)", lambda m: self.signs[m[1]], line)
        return re.sub(r"(?<=[</])(Dbtr|Cdtr)(?=Acct>|Agt>|>)", lambda m: self.sides[m[1]], line)


class Mt940(Syntax):
    codec = "latin-1"
    lines = re.compile(r"^:61:.*?(?=^:61:|^:62[FM]:|\Z)", re.DOTALL | re.MULTILINE)
    amounts = re.compile(r"(^:61:[0-9]{6}(?:[0-9]{4})?R?[CD][A-Z]?)([0-9]+,[0-9]*)()(?=[NSF])")
    ours = re.compile(r"(^:61:[^\r\n]*?[NSF][A-Z0-9]{3})([^\r\n/]+)()")
    bank = re.compile(r"(:61:[^\r\n]*//)([^\r\n]+)()")
    value_date = re.compile(r"(:61:)([0-9]{6})()")
    balances: ClassVar = {
        name: re.compile(rf":{tag}:(?P<sign>[CD])[0-9]{{6}}[A-Z]{{3}}(?P<amount>[0-9]+,[0-9]*)")
        for name, tag in (("opening", "60F"), ("closing", "62F"))
    }
    marks = ("C", "D")
    account = re.compile(r":25:(?:[^\r\n]*/)?([^\r\n/]+)")
    currency = re.compile(r":60F:[CD][0-9]{6}([A-Z]{3})")
    day_form = "%y%m%d"
    mark = re.compile(r"(:61:[0-9]{6}(?:[0-9]{4})?R?)([CD])")

    def spelt(self, amount: Decimal) -> str:
        whole, _, rest = f"{amount:f}".partition(".")
        return f"{whole},{rest.rstrip('0')}"

    def is_credit(self, line: str, account: str) -> bool:
        found = self.mark.search(line)
        return found is not None and found[2] == "C"

    def turned(self, line: str) -> str:
        return self.mark.sub(lambda m: m[1] + ("D" if m[2] == "C" else "C"), line, count=1)

    def broken(self, line: str) -> str:
        return self.amounts.sub(lambda m: f"{m[1]}{m[2]}x", line, count=1)


class OneC(Syntax):
    codec = "cp1251"
    lines = re.compile(r"СекцияДокумент=.*?КонецДокумента\r?\n", re.DOTALL)
    amounts = re.compile(r"(^Сумма=)([0-9.]+)(\r?$)", re.MULTILINE)
    ours = re.compile(r"(^НазначениеПлатежа=)(\S+)()", re.MULTILINE)
    bank = re.compile(r"(^Номер=)([^\r\n]*)()", re.MULTILINE)
    value_date = re.compile(r"(^(?:ДатаСписано|ДатаПоступило)=)([0-9.]{10})()", re.MULTILINE)
    balances: ClassVar = {
        name: re.compile(rf"^{key}=(?P<sign>-?)(?P<amount>[0-9.]+)", re.MULTILINE)
        for name, key in (("opening", "НачальныйОстаток"), ("closing", "КонечныйОстаток"))
    }
    marks = ("", "-")
    account = re.compile(r"СекцияРасчСчет.*?^РасчСчет=(.*?)\r?$", re.MULTILINE | re.DOTALL)
    currency = re.compile(r"^РасчСчет=.{5}(.{3})", re.MULTILINE)
    day_form = "%d.%m.%Y"
    sides: ClassVar = {
        "Плательщик": "Получатель", "Получатель": "Плательщик", "ДатаСписано": "ДатаПоступило",
        "ДатаПоступило": "ДатаСписано",
    }  # fmt: skip

    def is_credit(self, line: str, account: str) -> bool:
        return (
            re.search(rf"^ПолучательСчет={re.escape(account)}\r?$", line, re.MULTILINE) is not None
        )

    def turned(self, line: str) -> str:
        return re.sub(
            r"^(Плательщик|Получатель|ДатаСписано|ДатаПоступило)",
            lambda m: self.sides[m[1]], line, flags=re.MULTILINE,
        )  # fmt: skip

    def moved(self, line: str, old: str, new: str) -> str:
        return line.replace(old, new)

    def summed(self, text: str, amounts: Sequence[Decimal]) -> str:
        came = sum((each for each in amounts if each > 0), Decimal(0))
        left = -sum((each for each in amounts if each < 0), Decimal(0))
        for key, total in (("ВсегоПоступило", came), ("ВсегоСписано", left)):
            text = re.sub(
                rf"^{key}=[0-9.]+", f"{key}={self.spelt(total)}", text, flags=re.MULTILINE
            )
        return text


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


class Planter:
    """Chooses by the seed what goes wrong where, and notes it."""

    def __init__(
        self, folder: Path, *, seed: int, share: float, kinds: Sequence[str] = KINDS
    ) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - nobody is to be surprised
        self.kinds = kinds
        self.mistakes: list[dict[str, Any]] = []
        self.added: dict[Path, bytes] = {}
        self.removed: set[Path] = set()
        self.statements: list[Statement] = []
        self.holdings: list[Holdings] = []
        for path in sorted(folder.iterdir()):
            raw = path.read_bytes() if path.is_file() else b""
            statement = statement_in(path, raw)
            if statement is not None:
                self.statements.append(statement)
            elif (held := holdings_in(path, raw)) is not None:
                self.holdings.append(held)
        rows = sum(len(each.rows) for each in self.statements)
        self.count = max(len(kinds), round(rows * share))
        self.free = list(self.statements)  # those that no mistake of a whole file has taken

    def plant(self) -> list[dict[str, Any]]:
        """All mistakes: first those that take a file, then lines in turns until the share is reached."""
        self.damage_files()
        for kind in (each for each in HOLDING_KINDS if each in self.kinds):
            getattr(self, kind)()
        kinds = [kind for kind in LINE_KINDS if kind in self.kinds]
        dry: set[str] = set()
        number = 0
        while kinds and len(self.mistakes) < self.count and len(dry) < len(kinds):
            kind = kinds[number % len(kinds)]
            number += 1
            if kind not in dry and not getattr(self, kind)():
                dry.add(kind)
        for each in self.free:
            if each.changed:
                each.add_up()
        return self.mistakes

    def damage_files(self) -> None:
        """Each kind of them a file of its own with lines in it, as far as enough files are left for the rest."""
        wanted = [kind for kind in FILE_KINDS if kind in self.kinds]
        among = [each for each in self.statements if each.rows]
        self.chance.shuffle(among)
        most = min(max(len(wanted), len(among) // MOST_DAMAGED), self.count)
        if set(LINE_KINDS) & set(self.kinds):
            most = min(most, len(among) - LEFT_FOR_LINES)
        for kind, each in zip((wanted * len(among))[: max(most, 0)], among, strict=False):
            self.free.remove(each)
            getattr(self, kind)(each)

    def note(self, kind: str, each: Statement | Holdings, **facts: Any) -> None:
        account = each.account if isinstance(each, Statement) else ""
        told = {"kind": kind, "file": each.path.name, "account": account, **facts}
        self.mistakes.append({key: plain(value) for key, value in told.items()})

    # Of whole files.

    def missing_statement(self, each: Statement) -> None:
        self.removed.add(each.path)
        self.note("missing_statement", each, closing=each.balance("closing"))

    def wrong_closing(self, each: Statement) -> None:
        before = each.balance("closing")
        each.put("closing", before + self.odd_amount())
        self.note("wrong_closing", each, was=before, amount=each.balance("closing"))

    def broken_opening(self, each: Statement) -> None:
        """It adds up, and does not continue the one before."""
        before, more = each.balance("opening"), self.odd_amount()
        each.put("opening", before + more)
        each.put("closing", each.balance("closing") + more)
        self.note("broken_opening", each, was=before, amount=each.balance("opening"))

    def duplicate_file(self, each: Statement) -> None:
        copy = each.path.with_name(f"again-{each.path.name}")
        self.added[copy] = each.raw
        self.note("duplicate_file", each, copy=copy.name)

    def cut_off(self, each: Statement) -> None:
        self.added[each.path] = each.raw[: len(each.raw) // 2]
        self.note("cut_off", each, bytes=len(each.raw) // 2)

    def malformed_line(self, each: Statement) -> None:
        row = self.chance.choice(each.rows)
        row.text = each.syntax.broken(row.text)
        each.changed = True
        self.note("malformed_line", each, **facts_of(row))

    # Of lines.

    def cent(self) -> bool:
        """A cent, on one account always the same way: none undoes another."""
        found = self.line()
        if found is None:
            return False
        each, row = found
        was, more = row.amount, -CENT if -CENT in each.deltas else CENT
        self.moves(each, more)
        self.change(each, row, was + more)
        self.note("cent", each, **facts_of(row), was=was)
        return True

    def offsetting(self) -> bool:
        """Two lines of an account, one too much and one too little by the same: its closing is right."""
        each = self.statement(has_lines)
        if each is None:
            return False
        told = []
        first, second = self.chance.sample(each.open, 2)
        cents = int(min(abs(first.amount), abs(second.amount)) * 100)
        more = Decimal(self.chance.randint(2, cents - 1)) / 100
        for row, change in ((first, more), (second, -more)):
            was = row.amount
            each.open.remove(row)
            self.change(each, row, was + change)
            told.append({**facts_of(row), "was": plain(was)})
        self.note("offsetting", each, lines=told)
        return True

    def missing_line(self) -> bool:
        found = self.line()
        if found is None:
            return False
        each, row = found
        if self.moves(each, -row.amount):
            each.rows.remove(row)
            self.note("missing_line", each, **facts_of(row))
        return True

    def extra_line(self) -> bool:
        """A booking of somebody else's, with references that are nobody's here."""
        found = self.line()
        if found is None:
            return False
        each, like = found
        each.open.append(like)
        number = self.chance.randrange(10**9)
        amount = self.odd_amount() * (1 if like.amount > 0 else -1)
        if abs(amount) not in each.sizes and self.moves(each, amount):
            row = self.copied(each, like, ours=f"X-{number}", bank=f"XB{number:09d}", amount=amount)
            each.rows.insert(self.chance.randrange(len(each.rows) + 1), row)
            each.sizes.add(abs(amount))
            self.note("extra_line", each, **facts_of(row))
        return True

    def twin(self) -> bool:
        """Booked twice: the same money under another reference of the bank."""
        found = self.line()
        if found is None:
            return False
        each, first = found
        bank = f"TW{self.chance.randrange(10**9):09d}"
        if self.moves(each, first.amount):
            row = self.copied(each, first, ours=first.ours, bank=bank, amount=first.amount)
            each.rows.insert(each.rows.index(first) + 1, row)
            self.note("twin", each, **facts_of(row), first=first.bank)
        return True

    def wrong_sign(self) -> bool:
        found = self.line()
        if found is None:
            return False
        each, row = found
        was = row.amount
        if self.moves(each, -2 * was):
            row.text, row.amount = each.syntax.turned(row.text), -was
            self.note("wrong_sign", each, **facts_of(row), was=was)
        return True

    def other_account(self) -> bool:
        """Booked on another account in the same currency, which is written in the same format."""
        pairs = [
            (each, other)
            for each in self.free
            for other in self.free
            if each is not other and type(each.syntax) is type(other.syntax)
            and each.currency == other.currency and len(each.open) > 1
        ]  # fmt: skip
        if not pairs:
            return False
        each, other = self.chance.choice(pairs)
        row = self.chance.choice(each.open)
        if (
            abs(row.amount) not in other.sizes
            and self.moves(each, -row.amount)
            and self.moves(other, row.amount)
        ):
            each.rows.remove(row)
            each.open.remove(row)
            row.text = each.syntax.moved(row.text, each.account, other.account)
            other.rows.append(row)
            self.note("other_account", each, **facts_of(row), booked_on=other.account)
        return True

    def late_value(self) -> bool:
        """The right money on the right day, with interest from a later one."""
        found = self.line()
        if found is None:
            return False
        each, row = found
        told = each.syntax.value_date.search(row.text)
        assert told is not None, f"{each.path.name}: a line without a value date"
        day = day_of(told[2], each.syntax.day_form)
        late = day + timedelta(days=LATE_DAYS)
        row.text = each.syntax.value_date.sub(
            lambda m: f"{m[1]}{late.strftime(each.syntax.day_form)}{m[3]}", row.text
        )
        each.changed = True
        self.note("late_value", each, **facts_of(row), was=day, date=late)
        return True

    def wrong_owner(self) -> bool:
        """Two lines of an account of several clients with each other's reference: the total is right."""
        each = self.statement(lambda s: len({row.owner for row in s.open} - {""}) > 1)
        pair = self.two_owners(each) if each else None
        if each is None or pair is None:
            return False
        first, second = pair
        told = [{**facts_of(row), "owner": row.owner} for row in pair]
        one, other = (first.ours, first.owner), (second.ours, second.owner)
        for row, (ours, owner), (new, whose) in ((first, one, other), (second, other, one)):
            row.text = each.syntax.named(row.text, ours, new)
            row.text = row.text.replace(f"FOR {owner}", f"FOR {whose}")
            row.ours, row.owner = new, whose
            each.open.remove(row)
        each.changed = True
        self.note("wrong_owner", each, lines=told)
        return True

    # Of holdings.

    def holding_off(self) -> bool:
        found = self.position(lambda p: True)
        if found is None:
            return False
        each, row = found
        was = row.quantity
        self.count_anew(each, row, was + self.chance.randint(1, 50))
        self.note_position("holding_off", each, row, was=was)
        return True

    def missing_position(self) -> bool:
        found = self.position(lambda p: p.quantity > 0)
        if found is None:
            return False
        each, row = found
        each.parts.remove(row)
        each.changed = True
        self.note_position("missing_position", each, row)
        return True

    def holding_owner(self) -> bool:
        """Right in total, wrong between two owners behind one account: some of one's stand with the other."""
        pairs = [
            (each, one, two)
            for each in self.holdings
            for one in each.positions
            for two in each.positions
            if one is not two and one.isin == two.isin and one.account != two.account
            and not one.touched and not two.touched and one.quantity > 1
        ]  # fmt: skip
        if not pairs:
            return False
        each, one, two = self.chance.choice(pairs)
        moved = Decimal(self.chance.randint(1, max(1, int(one.quantity) // 2)))
        facts = {"isin": one.isin, "quantity": moved, "from": one.account, "to": two.account}
        self.count_anew(each, one, one.quantity - moved)
        self.count_anew(each, two, two.quantity + moved)
        self.note("holding_owner", each, **facts)
        return True

    # What they are made of.

    def statement(self, fits: Callable[[Statement], bool]) -> Statement | None:
        found = [each for each in self.free if fits(each)]
        return self.chance.choice(found) if found else None

    def line(self) -> tuple[Statement, Line] | None:
        each = self.statement(has_lines)
        if each is None:
            return None
        row = self.chance.choice(each.open)
        each.open.remove(row)
        return each, row

    def two_owners(self, each: Statement) -> tuple[Line, Line] | None:
        """Two lines that go the same way, each of another owner."""
        first = self.chance.choice([row for row in each.open if row.owner])
        others = [
            row for row in each.open
            if row.owner not in ("", first.owner) and (row.amount > 0) == (first.amount > 0)
        ]  # fmt: skip
        return (first, self.chance.choice(others)) if others else None

    def change(self, each: Statement, row: Line, amount: Decimal) -> None:
        """Another amount, wherever the line spells it."""
        was, now = each.syntax.spelt(abs(row.amount)), each.syntax.spelt(abs(amount))

        def spelt(found: re.Match[str]) -> str:
            same = each.syntax.amount(found[2]) == abs(row.amount)
            return f"{found[1]}{now if same else found[2]}{found[3]}"

        row.text = each.syntax.amounts.sub(spelt, row.text)
        assert was != now, f"{each.path.name}: the same amount"
        row.amount = amount
        each.changed = True

    def copied(self, each: Statement, like: Line, *, ours: str, bank: str, amount: Decimal) -> Line:
        """A line like another, with other references and another amount."""
        row = Line(like.text, like.amount, ours, bank, like.owner)
        if like.ours and ours != like.ours:
            row.text = each.syntax.named(row.text, like.ours, ours)
        row.text = each.syntax.bank.sub(lambda m: f"{m[1]}{bank}{m[3]}", row.text)
        if amount != like.amount:
            self.change(each, row, amount)
        each.changed = True
        return row

    def odd_amount(self) -> Decimal:
        return Decimal(self.chance.randint(101, 99_999)) / 100

    def moves(self, each: Statement, amount: Decimal) -> bool:
        """Note that a mistake moves an account by so much; False where it would undo another."""
        if -amount in each.deltas:
            return False
        each.deltas.add(amount)
        each.changed = True
        return True

    def position(self, fits: Callable[[Position], bool]) -> tuple[Holdings, Position] | None:
        found = [
            (each, row) for each in self.holdings for row in each.positions
            if not row.touched and fits(row)
        ]  # fmt: skip
        if not found:
            return None
        each, row = self.chance.choice(found)
        row.touched = True
        return each, row

    def count_anew(self, each: Holdings, row: Position, quantity: Decimal) -> None:
        spelt = Mt940().spelt(quantity)
        row.text = AGGREGATE.sub(lambda m: f"{m[1]}{m[2]}{spelt}", row.text)
        row.quantity, row.touched, each.changed = quantity, True, True

    def note_position(self, kind: str, each: Holdings, row: Position, **facts: Any) -> None:
        self.note(kind, each, isin=row.isin, quantity=row.quantity, safe=row.account, **facts)

    def write(self) -> None:
        """The files as they are to be found; those that nothing changed are not touched."""
        files: list[Statement | Holdings] = [*self.statements, *self.holdings]
        for each in files:
            if each.changed and each.path not in self.added:
                each.path.write_bytes(each.put_back())
        for path, raw in self.added.items():
            path.write_bytes(raw)
        for path in self.removed:
            path.unlink()


def has_lines(each: Statement) -> bool:
    return len(each.open) > 1


def facts_of(row: Line) -> dict[str, str]:
    return {"reference": row.ours, "bank_reference": row.bank, "amount": plain(row.amount)}


def day_of(text: str, form: str) -> date:
    parts = (
        re.findall(r"[0-9]{2,4}", text) if "." in form or "-" in form else re.findall("..", text)
    )
    numbers = [int(part) for part in parts]
    if form == "%d.%m.%Y":
        numbers.reverse()
    year = numbers[0] if numbers[0] > 99 else 2000 + numbers[0]
    return date(year, numbers[1], numbers[2])


def plain(value: Any) -> Any:
    """As JSON has it: amounts and days as text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def main(arguments: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder", type=Path, help="the files of a day; they are changed where they lie"
    )
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument(
        "--share", type=float, default=0.02, help="mistakes for each line, 0.02 by default"
    )
    parser.add_argument("--list", type=Path, required=True, help="where the mistakes are listed")
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS, help="only these")
    options = parser.parse_args(None if arguments is None else list(arguments))
    planter = Planter(options.folder, seed=options.seed, share=options.share, kinds=options.kinds)
    mistakes = planter.plant()
    planter.write()
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in mistakes)
    options.list.write_text(text, "utf-8")
    counts = Counter(each["kind"] for each in mistakes)
    print(f"{len(mistakes)} mistakes:", ", ".join(f"{k} {n}" for k, n in sorted(counts.items())))
    return 0 if mistakes else 1


if __name__ == "__main__":
    sys.exit(main())
