"""Mistakes in lines: a bank booked something else than what happened."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from .choosing import Choosing, facts_of, has_lines, plain
from .files import Line, Statement
from .kinds import CENT, LATE_DAYS


class OfLines(Choosing):
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

    def two_owners(self, each: Statement) -> tuple[Line, Line] | None:
        """Two lines that go the same way, each of another owner."""
        first = self.chance.choice([row for row in each.open if row.owner])
        others = [
            row for row in each.open
            if row.owner not in ("", first.owner) and (row.amount > 0) == (first.amount > 0)
        ]  # fmt: skip
        return (first, self.chance.choice(others)) if others else None


def day_of(text: str, form: str) -> date:
    parts = (
        re.findall(r"[0-9]{2,4}", text) if "." in form or "-" in form else re.findall("..", text)
    )
    numbers = [int(part) for part in parts]
    if form == "%d.%m.%Y":
        numbers.reverse()
    year = numbers[0] if numbers[0] > 99 else 2000 + numbers[0]
    return date(year, numbers[1], numbers[2])
