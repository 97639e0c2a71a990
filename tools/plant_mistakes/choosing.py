"""What mistakes are made of: chosen by the seed, noted, and none undoes another."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from .files import Holdings, Line, Statement, holdings_in, statement_in
from .kinds import KINDS


class Choosing:
    """The files of a folder, and chance."""

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

    def note(self, kind: str, each: Statement | Holdings, **facts: Any) -> None:
        account = each.account if isinstance(each, Statement) else ""
        told = {"kind": kind, "file": each.path.name, "account": account, **facts}
        self.mistakes.append({key: plain(value) for key, value in told.items()})

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


def has_lines(each: Statement) -> bool:
    return len(each.open) > 1


def facts_of(row: Line) -> dict[str, str]:
    return {"reference": row.ours, "bank_reference": row.bank, "amount": plain(row.amount)}


def plain(value: Any) -> Any:
    """As JSON has it: amounts and days as text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value
