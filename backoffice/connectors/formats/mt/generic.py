"""The generic fields of ISO 15022, `:qualifier/scheme/value`, looked up in sequences and read. Forgiving.

Sequences may stand in any order and have fields that nobody here knows: those are kept beside what was read.
What is read has to be right, to the letter, and is refused at its line and field where it is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple, TypeVar

from backoffice.connectors.formats.mt import values
from backoffice.connectors.formats.mt.blocks import Field, Message, Sequence
from backoffice.connectors.formats.refusing import Problems, at_line
from backoffice.connectors.formats.terms import Kept, Price, Quantity, QuantityKind
from backoffice.kernel.money import Money

GENERIC = re.compile(r":([A-Z0-9]{4})/([^/\n]{0,8})/(.*)\Z", re.ASCII | re.DOTALL)
OUTPUT = re.compile(r"O[0-9]{3}([0-9]{4})([0-9]{6})", re.ASCII)  # its time and date of input
Value = TypeVar("Value")
MOST_KEPT = 500  # fields of one message; more of them are nobody's to read
LONGEST_KEPT = 500  # characters of one


class Generic(NamedTuple):
    """A field taken apart. `scheme` is empty where the codes are the market's."""

    field: Field
    qualifier: str
    scheme: str
    value: str


@dataclass(slots=True)
class Reading:
    """One message of securities while it is read: what is wrong, and which fields were looked at.

    `zone` is that of times without an offset: the sender's own.
    """

    message: Message
    kind: str
    root: Sequence
    problems: Problems
    zone: tzinfo = UTC
    seen: set[int] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)  # sequences that were told of already

    @property
    def format(self) -> str:
        return f"MT{self.kind}"

    def sequence(self, name: str, *, required: bool = True) -> Sequence:
        """The one sequence of a name at the top of the message; an empty one where it is missing."""
        found = self.root.sequences(name)
        for again in found[1:]:
            where = at_line(again.line, f":16R:{name}")
            if where not in self.repeated:
                self.repeated.add(where)
                self.problems.add("repeated-field", where, name)
        if not found and required and name not in self.repeated:
            self.repeated.add(name)
            self.missing(f":16R:{name}", self.message.line)
        return found[0] if found else Sequence(name, self.message.line)

    def fields(self, inside: Sequence, tag: str) -> Iterator[Generic]:
        """The generic fields of a tag (its number, or with its letter) directly inside a sequence."""
        for each in inside.fields:
            if each.tag != tag and each.tag[:2] != tag:
                continue
            match = GENERIC.match(each.value)
            if match is None:
                self.wrong(each, each.value, ":4!c/[8c]/value")
                continue
            yield Generic(each, match[1], match[2], match[3])

    def all(self, inside: Sequence, tag: str, *qualifiers: str) -> list[Generic]:
        found = [each for each in self.fields(inside, tag) if each.qualifier in qualifiers]
        self.seen.update(each.field.line for each in found)
        return found

    def first(self, inside: Sequence, tag: str, *qualifiers: str) -> Generic | None:
        """The first of several that may stand there; the others are kept."""
        found = next((e for e in self.fields(inside, tag) if e.qualifier in qualifiers), None)
        if found:
            self.seen.add(found.field.line)
        return found

    def one(
        self, inside: Sequence, tag: str, *qualifiers: str, required: bool = False
    ) -> Generic | None:
        """The one field of these qualifiers. A second one is wrong, unless it is of a scheme."""
        found = self.all(inside, tag, *qualifiers)
        for again in [each for each in found if not each.scheme][1:]:
            self.problems.add("repeated-field", again.field.where, again.field.value)
        if not found and required:
            self.missing(f":{tag}::{qualifiers[0]}", inside.line)
        return next((each for each in found if not each.scheme), found[0] if found else None)

    def plain(self, inside: Sequence, tag: str, *, required: bool = False) -> Field | None:
        """The one field of a tag without a qualifier."""
        found = [each for each in inside.fields if each.tag == tag]
        self.seen.update(each.line for each in found)
        for again in found[1:]:
            self.problems.add("repeated-field", again.where, again.value)
        if not found and required:
            self.missing(f":{tag}:", inside.line)
        return found[0] if found else None

    def text(self, inside: Sequence, tag: str, *qualifiers: str, required: bool = False) -> str:
        found = self.one(inside, tag, *qualifiers, required=required)
        return found.value.strip() if found else ""

    def code(self, inside: Sequence, tag: str, *qualifiers: str, required: bool = False) -> str:
        """The market's own code of an indicator; one of a place's scheme says nothing here."""
        found = self.one(inside, tag, *qualifiers, required=required)
        return found.value.strip() if found and not found.scheme else ""

    def known(
        self, inside: Sequence, tag: str, qualifier: str, codes: Collection[str], *,
        required: bool = False,
    ) -> str:  # fmt: skip
        """The code of an indicator that decides what happens: an unknown one is wrong, one of a scheme is kept."""
        found = self.one(inside, tag, qualifier, required=required)
        if found is None or found.scheme:
            return ""
        code = found.value.strip()
        return code if self.of_codes(found, code, codes) else ""

    def missing(self, what: str, line: int) -> None:
        number = self.message.number
        self.problems.add("missing-field", at_line(line, what), missing=what, message=number)

    def wrong(self, each: Field, found: str, form: str) -> None:
        self.problems.add("wrong-field", each.where, found, form=form)

    def of_codes(self, each: Generic | Field, found: str, known: Collection[str]) -> bool:
        """Whether a code is one of those; where it is not, that is wrong."""
        if found in known:
            return True
        where = each.field.where if isinstance(each, Generic) else each.where
        self.problems.add("wrong-code", where, found, known=", ".join(known))
        return False

    def money(self, found: Generic | None, *, signed: bool = False) -> Money | None:
        """A sign turns which way it goes; only the value of a holding has one here."""
        return self._made(found, values.MONEY_FORM, lambda text: values.money(text, signed=signed))

    def quantity(self, found: Generic | None, *, signed: bool = False) -> Quantity | None:
        return self._made(
            found, values.QUANTITY_FORM, lambda text: values.quantity(text, signed=signed)
        )

    def counted(
        self, inside: Sequence, qualifier: str, *, required: bool = False
    ) -> Quantity | None:
        """The quantity of 36B in units or face amount; the amortised value beside the face is kept."""
        found = [
            each
            for each in self.fields(inside, "36")
            if each.qualifier == qualifier and not each.value.startswith(QuantityKind.AMORTISED)
        ]
        self.seen.update(each.field.line for each in found)
        for again in found[1:]:
            self.problems.add("repeated-field", again.field.where, again.field.value)
        if not found and required:
            self.missing(f":36B::{qualifier}", inside.line)
        return self.quantity(found[0]) if found else None

    def told_at(self, general: Sequence) -> datetime | None:
        """When it was made: by itself, else by its header (the sender's own time)."""
        moment = self.moment(self.one(general, "98", "PREP"))
        header = OUTPUT.match(self.message.blocks.get("2", ""))
        if moment or not header:
            return moment
        try:
            return values.moment(f"20{header[2]}{header[1]}00", self.zone)
        except ValueError:
            return None  # what a network wrote is no reason to refuse a message

    def price(self, found: Generic | None) -> Price | None:
        """Types that are no price of a deal are kept and not read."""
        made = self._made(found, "PRCT/101,25", values.price)
        if found and made is None:
            self.seen.discard(found.field.line)
        return made

    def day(self, found: Generic | None) -> date | None:
        """The day of 98A, C or E. A code in its place (98B, `OPEN`) is no day."""
        if found is None or found.field.tag == "98B":
            return None
        return self._made(found, values.DAY_FORM, lambda text: values.day(text[:8]))

    def moment(self, found: Generic | None) -> datetime | None:
        """The moment of 98C (of the zone of this reading) and 98E (with its offset); None for a day alone."""
        if found is None or found.field.tag not in ("98C", "98E"):
            return None
        return self._made(found, values.MOMENT_FORM, lambda text: values.moment(text, self.zone))

    def days(self, found: Generic | None) -> tuple[date | None, date | None]:
        """The first and the last day of 69A or B."""
        if found is None:
            return None, None
        first, _, last = found.value.strip().partition("/")
        each = (found._replace(value=text) for text in (first, last))
        begins, ends = (
            self._made(e, values.DAYS_FORM, lambda text: values.day(text[:8])) for e in each
        )
        return begins, ends

    def flag(self, inside: Sequence, qualifier: str) -> bool | None:
        """The answer of 17B; None where it is not given."""
        found = self.known(inside, "17B", qualifier, ("Y", "N"))
        return found == "Y" if found else None

    def rate(self, found: Generic | None, *, signed: bool = False) -> Decimal | None:
        """A rate in percent."""
        return self._made(
            found, values.RATE_FORM, lambda text: values.signed_number(text, signed=signed)
        )

    def _made(self, found: Generic | None, form: str, make: Callable[[str], Value]) -> Value | None:
        if found is None:
            return None
        try:
            return make(found.value.strip())
        except ValueError:
            self.wrong(found.field, found.value, form)
            return None

    def account(self, inside: Sequence, *qualifiers: str, required: bool = False) -> str:
        found = self.one(inside, "97", *qualifiers, required=required)
        return account_in(found) if found else ""

    def kept(self) -> tuple[Kept, ...]:
        """What nothing was taken from, with its path of sequences."""
        found: list[Kept] = []
        for path, each in _walk(self.root, ""):
            if each.line not in self.seen and len(found) < MOST_KEPT:
                found.append(Kept(f"{path}:{each.tag}:", each.value[:LONGEST_KEPT]))
        return tuple(found)


def account_in(found: Generic) -> str:
    """The account of 97A; of 97B (`:SAFE/scheme/type/account`) what stands after the type."""
    value = found.value.strip()
    return value.partition("/")[2] if found.field.tag == "97B" else value


def _walk(inside: Sequence, path: str) -> Iterator[tuple[str, Field]]:
    """Not by recursion: how deep sequences are nested is the sender's."""
    waiting = [(inside, path)]
    while waiting:
        sequence, at = waiting.pop()
        for part in sequence.parts:
            if isinstance(part, Field):
                yield at, part
            else:
                waiting.append((part, f"{at}{part.name}/"[:LONGEST_KEPT]))
