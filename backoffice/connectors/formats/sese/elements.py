"""Elements of a message while it is read: looked up by name, what is wrong at its line, what was not looked at."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from backoffice.connectors.formats.moments import of_a_clock
from backoffice.connectors.formats.refusing import Problems, at_line
from backoffice.connectors.formats.terms import Kept
from backoffice.connectors.formats.xml import elements_of, local_name
from backoffice.kernel.money import Money

DECIMAL = re.compile(r"\+?[0-9]{1,24}(?:\.[0-9]{0,18})?\Z", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}\Z", re.ASCII)
DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z", re.ASCII)
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z",
    re.ASCII,
)
MOST_DIGITS = 18
MOST_KEPT = 500
LONGEST_KEPT = 500


def parsed(raw: bytes, format: str) -> Any:
    """The root of a file. Raises Refused: too large, empty, no XML, too deep, or with a document type."""
    root = None
    for _, node in elements_of(raw, format, ("*",)):
        root = root if root is not None else node.element
    return root


@dataclass(slots=True)
class Reading:
    """One document being read. `zone` is that of moments without an offset: the sender's."""

    format: str
    problems: Problems
    zone: tzinfo = UTC
    seen: set[Any] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Node:
    """An element and its path from the message's own element down."""

    element: Any
    path: str
    reading: Reading

    @property
    def where(self) -> str:
        return at_line(self.element.sourceline or 1, self.path)

    @property
    def name(self) -> str:
        return local_name(self.element)

    @property
    def text(self) -> str:
        self.reading.seen.add(self.element)
        return (self.element.text or "").strip()

    def children(self, *names: str) -> list[Node]:
        """Of these names, or all."""
        return [
            Node(each, f"{self.path}/{local_name(each)}", self.reading)
            for each in self.element
            if not names or local_name(each) in names
        ]

    def child(self, path: str, *, required: bool = False) -> Node | None:
        """What is at a path of names. A second one beside it, or a required one that is missing, is wrong."""
        at: Node | None = self
        for name in path.split("/"):
            if at is None:
                return None
            found = at.children(name)
            for again in found[1:]:
                self.problem("repeated-field", again.where, again.name)
            if not found and required:
                self.problem("missing-element", f"{at.where}/{name}", missing=name)
            at = found[0] if found else None
        return at

    def value(self, path: str, *, required: bool = False) -> str:
        found = self.child(path, required=required)
        if found is None:
            return ""
        text = found.text
        if not text and required:
            self.problem("wrong-value", found.where, text, form="text")
        return text

    def choice(self, *names: str) -> Node | None:
        """The one child there may be. Another one, or more than one, is wrong; Prtry is everywhere."""
        found = self.children()
        if len(found) == 1 and found[0].name in (*names, "Prtry"):
            return found[0]
        wrong = found[1] if len(found) > 1 else found[0] if found else None
        if wrong is None:
            self.problem("missing-element", self.where, missing=" | ".join(names))
        else:
            self.problem("unknown-element", wrong.where, wrong.name)
        return None

    def problem(self, code: str, where: str, found: str = "", **facts: object) -> None:
        self.reading.problems.add(code, where, found, **facts)

    def coded(self, path: str, known: Collection[str], *, required: bool = False) -> str:
        """A code out of a closed list; empty where there is none, or after telling that it is wrong."""
        found = self.child(path, required=required)
        if found is None:
            return ""
        text = found.text
        if text in known:
            return text
        self.problem("wrong-code", found.where, text, known=", ".join(known))
        return ""

    def flag(self, path: str) -> bool | None:
        found = self.coded(path, ("true", "false", "1", "0"))
        return found in ("true", "1") if found else None

    def number(self) -> Decimal:
        text = self.text
        digits = text.lstrip("+0").replace(".", "")
        if not DECIMAL.match(text) or len(digits) > MOST_DIGITS:
            self.problem("wrong-amount", self.where, text)
            return Decimal(0)
        return Decimal(text)

    def money(self) -> Money | None:
        """An amount with its currency as the attribute Ccy."""
        currency = self.element.get("Ccy", "")
        if not CURRENCY.match(currency):
            self.problem("wrong-currency", self.where, currency)
            return None
        return Money(self.number(), currency)

    def day(self) -> date | None:
        """The day of a choice of Dt and DtTm, as the sender wrote it; None for a code in its place."""
        found = self.children("Dt", "DtTm")
        if not found:
            return None
        return found[0].day() if found[0].children() else found[0].own_day()

    def own_day(self) -> date | None:
        """This element's own day, as the sender wrote it."""
        text = self.text
        try:
            if DAY.match(text) or MOMENT.match(text):
                return date.fromisoformat(text[:10])
        except ValueError:
            pass
        self._no_date(self)
        return None

    def moment(self) -> datetime | None:
        """The moment of a choice of Dt and DtTm; None for a day alone."""
        found = self.children("DtTm")
        inner = self.children("Dt")
        if not found and inner and inner[0].children():
            return inner[0].moment()
        return found[0].instant() if found else None

    def instant(self) -> datetime | None:
        """This element's own moment; without an offset it is of the zone of this reading."""
        text = self.text
        try:
            if MOMENT.match(text):
                moment = of_a_clock(datetime.fromisoformat(text))
                return moment if moment.tzinfo else moment.replace(tzinfo=self.reading.zone)
        except ValueError:
            pass
        self._no_date(self)
        return None

    def _no_date(self, node: Node) -> None:
        self.problem("wrong-date", node.where, node.text, form="YYYY-MM-DD")

    def kept(self) -> tuple[Kept, ...]:
        """What nothing was taken from."""
        return tuple(self._kept())

    def _kept(self) -> Iterator[Kept]:
        count = 0
        for each in self.element.iter():
            text = (each.text or "").strip()
            if not text or len(each) or each in self.reading.seen:
                continue
            count += 1
            if count > MOST_KEPT:
                return
            yield Kept(self._path_to(each), text[:LONGEST_KEPT])

    def _path_to(self, element: Any) -> str:
        names = [local_name(element)]
        for above in element.iterancestors():
            if above is self.element:
                break
            names.append(local_name(above))
        return "/".join(reversed(names))[:LONGEST_KEPT]


def created_at(header: Node | None) -> datetime | None:
    """When a message was made, by its header."""
    created = header.child("CreDt") if header else None
    return created.instant() if created else None


def reference_in(header: Node | None, without: str = "") -> str:
    """What its header calls a message, which it has to; `without` where there is no header."""
    return header.value("BizMsgIdr", required=True) if header else without
