"""Mistakes that take a whole statement of cash."""

from __future__ import annotations

from .choosing import Choosing, facts_of
from .files import Statement


class OfFiles(Choosing):
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
