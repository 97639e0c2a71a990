"""The values of a camt message, each checked for its form: amounts, signs, days and moments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal

from backoffice.connectors.formats.amounts import xml_amount
from backoffice.connectors.formats.camt.versions import SIGNS
from backoffice.connectors.formats.moments import of_a_clock
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.xml import Node
from backoffice.kernel.money import Money

CURRENCY = re.compile(r"[A-Z]{3}\Z", re.ASCII)
DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z", re.ASCII)
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z",
    re.ASCII,
)
ZERO = Decimal(0)


@dataclass(slots=True)
class Values:
    """Reads values; what is wrong with one goes to `problems` with its path."""

    problems: Problems

    def required(self, node: Node, path: str) -> str:
        text = node.text(path)
        if not text:
            self.problems.add("missing-element", node, missing=path)
        return text

    def once(self, node: Node, names: tuple[str, ...]) -> None:
        for name in names:
            for again in node.children(name)[1:]:
                self.problems.add("repeated-field", again, name)

    def known(self, node: Node, names: frozenset[str]) -> None:
        for child in node.children():
            if child.name not in names:
                self.problems.add("unknown-element", child, child.name)

    def decimal(self, node: Node) -> Decimal:
        try:
            return xml_amount(node.text())
        except ValueError:
            self.problems.add("wrong-amount", node, node.text())
            return ZERO

    def money(self, node: Node) -> Money:
        """An amount with its currency, which is required."""
        currency = node.attribute("Ccy")
        if not CURRENCY.match(currency):
            self.problems.add("wrong-currency", node, currency)
        return Money(self.decimal(node), currency)

    def money_at(self, node: Node, *paths: str) -> Money | None:
        found = next((found for path in paths if (found := node.find(path))), None)
        return self.money(found) if found else None

    def sign(self, node: Node, path: str = "CdtDbtInd") -> int:
        found = node.find(path)
        text = found.text() if found else ""
        if text not in SIGNS:
            where = found if found else node
            if found:
                self.problems.add("wrong-code", where, text, known="CRDT, DBIT")
            else:
                self.problems.add("missing-element", where, missing=path)
            return 1
        return SIGNS[text]

    def flag(self, node: Node, path: str) -> bool:
        found = node.find(path)
        text = found.text() if found else "false"
        if found and text not in ("true", "false", "1", "0"):
            self.problems.add("wrong-code", found, text, known="true, false")
        return text in ("true", "1")

    def number(self, node: Node, path: str) -> int | None:
        found = node.find(path)
        if not found:
            return None
        if not re.match(r"[0-9]{1,15}\Z", found.text(), re.ASCII):
            self.problems.add("wrong-value", found, found.text(), form="15n")
            return None
        return int(found.text())

    def day(self, node: Node, path: str) -> tuple[date | None, datetime | None]:
        """The day of a choice of day and moment, and the moment where it is one with a zone.

        A moment's day is the one that the sender wrote, in the sender's own zone.
        """
        for name in (f"{path}/Dt", f"{path}/DtTm"):
            found = node.find(name)
            if found:
                return self._day(found)
        return None, None

    def day_in(self, node: Node) -> date | None:
        """The day of an element that is a day or a moment."""
        return self._day(node)[0]

    def _day(self, node: Node) -> tuple[date | None, datetime | None]:
        text = node.text()
        match = DAY.match(text)
        try:
            if match:
                return date.fromisoformat(match[1]), None
            moment = _moment(text)
            return moment.date(), moment if moment.tzinfo else None
        except ValueError:
            self.problems.add("wrong-date", node, text, form="2026-11-23")
            return None, None

    def moment(self, node: Node, path: str, zone: tzinfo | None = None) -> datetime | None:
        """A moment, where it says its zone or one is given. None too where there is none: then it is no moment."""
        found = node.find(path)
        if not found:
            return None
        try:
            moment = _moment(found.text())
        except ValueError:
            form = "2026-11-23T18:15:00+03:00"
            self.problems.add("wrong-date", found, found.text(), form=form)
            return None
        if moment.tzinfo:
            return moment
        return moment.replace(tzinfo=zone) if zone else None


def _moment(text: str) -> datetime:
    if not MOMENT.match(text):
        raise ValueError("not a moment")
    return of_a_clock(datetime.fromisoformat(text))
