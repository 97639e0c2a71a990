"""MT300 and MT320 both ways: currencies exchanged, and money lent, as two parties confirm them to each other.

SWIFT Standards, Category 3, MT300 (A, B with B1 and B2) and MT320 (A, B, C, D). Fields have no qualifiers; 15A, 15B
and so on open their sequences, and 53a, 56a and 57a after 33B are of the amount sold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from backoffice.connectors.formats.decoding import decode
from backoffice.connectors.formats.mt import values
from backoffice.connectors.formats.mt.blocks import Field, Message, check_characters, messages_in
from backoffice.connectors.formats.refusing import Problems, at_line
from backoffice.connectors.formats.terms import Kept, Party
from backoffice.connectors.formats.trade_confirmations import (
    FxConfirmation,
    LoanConfirmation,
    Role,
    Told,
    Treasury,
)
from backoffice.kernel.money import Money

FORMAT = "MT3xx"
FUNCTIONS = {"NEWT": Told.NEW, "DUPL": Told.NEW, "AMND": Told.AMENDED, "CANC": Told.CANCELLED}
BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\Z", re.ASCII)
NOBODY = Party()
NO_MONEY = Money(Decimal(0), "XXX")  # beside the problem that says why
MOST_KEPT, LONGEST_KEPT = 500, 500
Value = TypeVar("Value")


@dataclass(slots=True)
class Reading:
    """One message while it is read: its sequences by their letters, and which fields were looked at."""

    message: Message
    problems: Problems
    sequences: dict[str, list[Field]] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)

    def one(self, sequence: str, *tags: str, required: bool = False) -> Field | None:
        """The one field of these tags in a sequence. A second one is wrong."""
        found = [each for each in self.sequences.get(sequence, []) if each.tag in tags]
        self.seen.update(each.line for each in found)
        for again in found[1:]:
            self.problems.add("repeated-field", again.where, again.value)
        if not found and required:
            what = f":{tags[0]}:"
            number = self.message.number
            where = at_line(self.message.line, what)
            self.problems.add("missing-field", where, missing=what, message=number)
        return found[0] if found else None

    def text(self, sequence: str, tag: str, *, required: bool = False) -> str:
        found = self.one(sequence, tag, required=required)
        return found.value.strip() if found else ""

    def made(self, found: Field | None, form: str, make: Callable[[str], Value]) -> Value | None:
        if found is None:
            return None
        try:
            return make(found.value.strip())
        except ValueError:
            self.problems.add("wrong-field", found.where, found.value, form=form)
            return None

    def day(self, sequence: str, tag: str, *, required: bool = True) -> date | None:
        found = self.one(sequence, tag, required=required)
        return self.made(found, values.DAY_FORM, values.day)

    def money(self, sequence: str, tag: str, *, signed: bool = False) -> Money | None:
        found = self.one(sequence, tag, required=not signed)
        return self.made(found, values.MONEY_FORM, lambda text: values.money(text, signed=signed))

    def rate(self, sequence: str, tag: str, *, signed: bool = False) -> Decimal | None:
        found = self.one(sequence, tag, required=True)
        return self.made(
            found, values.RATE_FORM, lambda text: values.signed_number(text, signed=signed)
        )

    def known(self, sequence: str, tag: str, codes: Collection[str]) -> str:
        found = self.one(sequence, tag, required=True)
        code = found.value.strip() if found else ""
        if found and code not in codes:
            self.problems.add("wrong-code", found.where, code, known=", ".join(codes))
            return ""
        return code

    def party(self, sequence: str, number: str, *, required: bool = False) -> Party | None:
        """A party of a number in option A (BIC), D (name) or J (by codes), with the account above it."""
        found = self.one(sequence, *(f"{number}{option}" for option in "ADJ"), required=required)
        return party_in(self, found) if found else None

    def kept(self) -> tuple[Kept, ...]:
        left = [each for each in self.message.fields if each.line not in self.seen]
        told = (each for each in left if not each.tag.startswith("15"))
        return tuple(Kept(f":{each.tag}:", each.value[:LONGEST_KEPT]) for each in told)[:MOST_KEPT]


def party_in(reading: Reading, found: Field) -> Party:
    lines = found.value.strip().split("\n")
    account = ""
    if lines[0].startswith("/") and found.tag[-1] != "J":
        account, lines = lines[0].lstrip("/"), lines[1:]
    value = "\n".join(line.strip() for line in lines).strip()
    if found.tag.endswith("A"):
        if value and not BIC.match(value):
            reading.problems.add("wrong-field", found.where, value, form="BIC")
        return Party(bic=value, account=account)
    return Party(name=value, account=account)


def read_treasury(raw: bytes) -> list[Treasury]:
    """What a file of MT300 and MT320 says, in its order. Raises Refused: any other kind by its name."""
    problems = Problems(FORMAT)
    messages = messages_in(decode(raw, format=FORMAT).text, problems)
    told = [each for each in messages if each.fields]
    if not told and not problems:
        problems.add("no-message", at_line(1))
    found: list[Treasury] = []
    for message in told:
        if message.kind not in READERS:
            problems.add("wrong-kind", at_line(message.line), f"MT{message.kind}")
            continue
        check_characters(message, problems)
        found.append(READERS[message.kind](_parted(message, problems)))
    problems.refuse_if_any()
    return found


def _parted(message: Message, problems: Problems) -> Reading:
    """Each field in the sequence that the last 15x before it opened; what follows 33B is in a part of its own."""
    reading = Reading(message, problems)
    sequence = ""
    for each in message.fields:
        if each.tag.startswith("15"):
            sequence = each.tag[2:]
            if sequence in reading.sequences:
                problems.add("repeated-field", each.where, each.tag)
        elif each.tag == "33B" and sequence == "B":
            sequence = "B2"
        if not each.tag.startswith("15"):
            reading.sequences.setdefault(sequence, []).append(each)
        else:
            reading.sequences.setdefault(sequence, [])
    return reading


def fx_of(reading: Reading) -> FxConfirmation:
    """MT300."""
    told = FUNCTIONS.get(reading.known("A", "22A", FUNCTIONS), Told.NEW)
    bought, sold = reading.money("B", "32B"), reading.money("B2", "33B")
    if bought and sold and bought.currency == sold.currency:
        line = reading.message.line
        reading.problems.add("wrong-currency", at_line(line, ":33B:"), sold.currency)
    return FxConfirmation(
        reference=reading.text("A", "20", required=True),
        party_a=reading.party("A", "82", required=True) or NOBODY,
        party_b=reading.party("A", "87", required=True) or NOBODY,
        trade_date=reading.day("B", "30T") or date.min,
        value_date=reading.day("B", "30V") or date.min, rate=reading.rate("B", "36") or Decimal(0),
        bought=bought or NO_MONEY, sold=sold or NO_MONEY, told=told,
        previous=_previous(reading, told), common=reading.text("A", "22C"),
        a_receives_at=reading.party("B", "57"), b_receives_at=reading.party("B2", "57"),
        uti=reading.text("E", "22M") + reading.text("E", "22N"), sender=reading.message.sender,
        receiver=reading.message.receiver, format="MT300", kept=reading.kept(),
    )  # fmt: skip


def loan_of(reading: Reading) -> LoanConfirmation:
    """MT320."""
    told = FUNCTIONS.get(reading.known("A", "22A", FUNCTIONS), Told.NEW)
    role = reading.known("B", "17R", [*Role])
    return LoanConfirmation(
        reference=reading.text("A", "20", required=True),
        party_a=reading.party("A", "82", required=True) or NOBODY,
        party_b=reading.party("A", "87", required=True) or NOBODY, role=Role(role or Role.LENDS),
        trade_date=reading.day("B", "30T") or date.min,
        value_date=reading.day("B", "30V") or date.min,
        maturity=reading.day("B", "30P") or date.min,
        principal=reading.money("B", "32B") or NO_MONEY,
        rate=reading.rate("B", "37G", signed=True) or Decimal(0),
        day_count=reading.text("B", "14D", required=True), told=told,
        event=reading.known("A", "22B", ("CONF", "MATU", "ROLL")) or "CONF",
        previous=_previous(reading, told), common=reading.text("A", "22C"),
        interest=reading.money("B", "34E", signed=True),
        interest_date=reading.day("B", "30X", required=False),
        a_receives_at=reading.party("C", "57"), b_receives_at=reading.party("D", "57"),
        sender=reading.message.sender, receiver=reading.message.receiver, format="MT320",
        kept=reading.kept(),
    )  # fmt: skip


def _previous(reading: Reading, told: Told) -> str:
    """What is amended or cancelled is named; of a new one it says nothing."""
    previous = reading.text("A", "21", required=told is not Told.NEW)
    return "" if previous == "NEW" else previous


READERS: dict[str, Callable[[Reading], Treasury]] = {"300": fx_of, "320": loan_of}
