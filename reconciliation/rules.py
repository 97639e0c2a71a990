"""What a booking is known by, in which order statements stand, and whether one agrees with itself. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from reconciliation.terms import NewLine, NewStatement

LONGEST_REFERENCE = 140  # characters that a booking is known by; a longer reference by its hash
LONGEST_NUMBER = 35  # characters of the number of a statement
MOST_DECIMALS = 8  # of an amount that is kept
ENOUGH_DIGITS = 60  # for sums of as many lines as a file can have
END_OF_DAY, BOOKED = "END_OF_DAY", "BOOKED"

# What a reader remarks of a statement that does not agree with itself.
DISAGREES = frozenset({
    "does-not-balance", "currencies-differ", "turnover-differs", "credits-without-documents",
    "debits-without-documents",
})  # fmt: skip

DOES_NOT_BALANCE = gettext_noop(
    "Opening %(opening)s and movements of %(moved)s do not make the closing %(closing)s:"
    " %(difference)s %(currency)s are not explained."
)
DOES_NOT_FOLLOW = gettext_noop(
    "It opens with %(opening)s, and %(before)s before it closed with %(closing)s:"
    " %(gap)s %(currency)s are between them."
)

VALUED_LATER = gettext_noop(
    "Line %(line)s, %(amount)s %(currency)s (%(reference)s), is valued on %(value)s, after the last day that is told."
    " Ask the bank whether that day is right: it costs interest."
)
MOST_VALUED_LATER = 500  # lines of one statement that are said so

OTHER_DAY = gettext_noop(
    "%(count)s of its lines are counted as known before, but were told with another booking date then."
    " Look whether the bank booked twice."
)


class Identity(NamedTuple):
    """Which booking a line is: what it says, and the number among those that say the same."""

    nostro_id: int
    day: date
    amount: Decimal
    reference: str
    booked: bool
    currency: str
    occurrence: int


Alike = tuple[int, date, Decimal, str, bool, str]  # an identity without its number


def clean(text: str) -> str:
    """A text as PostgreSQL can keep it: it knows no NUL."""
    return text.replace("\x00", "") if "\x00" in text else text


def cleaned(statement: NewStatement) -> NewStatement:
    """A statement whose names can be kept and compared."""
    return replace(
        statement, account=clean(statement.account), bank=clean(statement.bank),
        format=clean(statement.format)[:40], reference=clean(statement.reference)[:LONGEST_REFERENCE],
        number=clean(statement.number)[:LONGEST_NUMBER],
        sequence=clean(statement.sequence)[:LONGEST_NUMBER], text=clean(statement.text),
    )  # fmt: skip


def alike(line: NewLine, nostro_id: int, last_day: date | None) -> Alike | None:
    """What a line has in common with its like; None where no day can be told for it."""
    day = line.value_date or line.booking_date or last_day
    if day is None:
        return None
    amount = line.amount.normalize() + 0  # `+ 0`: a zero has no sign
    reference = shortened(line.reference)
    return nostro_id, day, amount, reference, line.status == BOOKED, line.currency


def identities(keys: Sequence[Alike], before: Mapping[Alike, int]) -> list[Identity]:
    """The identity of each line of a statement; `before`: how many of its like earlier pages of it have."""
    counted: Counter[Alike] = Counter(before)
    found: list[Identity] = []
    for key in keys:
        counted[key] += 1
        found.append(Identity(*key, counted[key]))
    return found


def shortened(reference: str) -> str:
    """A reference as bookings are compared by it: without blanks around it, a long one by its hash."""
    text = clean(reference).strip()
    if len(text) <= LONGEST_REFERENCE:
        return text
    return f"{text[:60]}…{hashlib.sha256(text.encode()).hexdigest()}"


def rank_of(statement: NewStatement) -> str:
    """Sorts statements of an account: by last day, number, page. Empty for what proves nothing or has no day."""
    if statement.kind != END_OF_DAY or statement.until_date is None:
        return ""
    return "|".join((
        statement.until_date.isoformat(), statement.number.zfill(LONGEST_NUMBER), page(statement.sequence),
    ))  # fmt: skip


def page(sequence: str) -> str:
    """The number of a page as pages are compared by it."""
    return sequence.zfill(LONGEST_NUMBER)


def pages_of(statement: NewStatement) -> tuple[str, date | None, str] | None:
    """What the pages of one statement have in common; None for one that is told whole."""
    if not statement.number or not statement.sequence:
        return None
    return statement.kind, statement.until_date, statement.number


def booked_sums(statement: NewStatement) -> tuple[Decimal, Decimal]:
    """What its booked lines bring and take, both positive."""
    booked = [line.amount for line in statement.lines if line.status == BOOKED]
    came = exactly(amount for amount in booked if amount > 0)
    return came, exactly(amount.copy_negate() for amount in booked if amount < 0)


def difference_of(statement: NewStatement) -> Decimal | None:
    """Closing less opening less booked lines; None where a balance or the lines are not told."""
    if statement.opening is None or statement.closing is None or not statement.lists_lines:
        return None
    came, went = booked_sums(statement)
    return less(exactly([statement.closing, went]), statement.opening, came)


def exactly(amounts: Iterable[Decimal]) -> Decimal:
    """A sum of which no digit is lost, however many and large its parts."""
    with localcontext(prec=ENOUGH_DIGITS):
        return sum(amounts, Decimal(0))


def less(amount: Decimal, *taken: Decimal) -> Decimal:
    """An amount without others, exactly: a plain minus rounds what has more digits than usual."""
    return exactly([amount, *(each.copy_negate() for each in taken)])


def is_balanced(statement: NewStatement, difference: Decimal | None) -> bool | None:
    """Whether it agrees with itself; None where it tells nothing that could be checked."""
    codes = {remark["code"] for remark in statement.remarks}
    if difference or codes & DISAGREES:
        return False
    if difference is None and not statement.turnover:
        return None
    return True


def valued_later(statement: NewStatement) -> list[dict[str, Any]]:
    """A remark for each booked line whose value date lies after the last day of its statement."""
    last = statement.until_date
    if statement.kind != END_OF_DAY or last is None:
        return []
    late = [
        line for line in statement.lines
        if line.status == BOOKED and line.value_date and line.value_date > last
    ]  # fmt: skip
    return [
        remark(
            "valued-later", VALUED_LATER, line=line.position, amount=plain(line.amount),
            currency=line.currency, reference=clean(line.reference), value=line.value_date,
        )
        for line in late[:MOST_VALUED_LATER]
    ]  # fmt: skip


def remark(code: str, text: str, **facts: Any) -> dict[str, Any]:
    return {"code": code, "text": text, "facts": {k: str(v) for k, v in facts.items()}}


def problem_of_numbers(statement: NewStatement) -> FieldProblem | None:
    """Why its amounts cannot be kept as they are told."""
    told = [statement.opening, statement.closing, *(line.amount for line in statement.lines)]
    found = next((each for each in told if each is not None and _too_fine(each)), None)
    if found is None:
        return None
    return FieldProblem(
        f"statement {statement.position}", "too-many-decimals",
        gettext_noop("%(found)s has more than %(most)s decimals."),
        gettext_noop("Ask the bank for amounts in units of their currency."),
        {"found": str(found), "most": MOST_DECIMALS, "lines": len(statement.lines)},
    )  # fmt: skip


def _too_fine(amount: Decimal) -> bool:
    exponent = amount.normalize().as_tuple().exponent
    return not isinstance(exponent, int) or exponent < -MOST_DECIMALS
