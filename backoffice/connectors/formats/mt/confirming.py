"""MT544, 545, 546 and 547: what has settled, when, and what is left of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.instructing import function_in
from backoffice.connectors.formats.mt.terms import (
    amount_of,
    linked,
    place_references,
    related,
    terms_of,
)
from backoffice.connectors.formats.securities import Confirmation
from backoffice.connectors.formats.terms import Direction, Function

KINDS = {
    "544": (Direction.RECEIVE, False), "545": (Direction.RECEIVE, True),
    "546": (Direction.DELIVER, False), "547": (Direction.DELIVER, True),
}  # fmt: skip
FUNCTIONS = {
    "NEWM": Function.NEW, "CANC": Function.CANCEL, "RVSL": Function.REVERSE,
    "REVE": Function.REVERSE,
}  # fmt: skip
PARTS = ("PAIN", "PARC")
PRE_CONFIRMATIONS = ("PRCA", "PRSE")


def confirmation_of(reading: Reading) -> Confirmation:
    """A confirmation without our reference or its day of settlement proves nothing: it is refused."""
    general, trade = reading.sequence("GENL"), reading.sequence("TRADDET")
    account = reading.sequence("FIAC")
    told = function_in(reading, tuple(FUNCTIONS))
    instruction = related(reading, general)
    if not instruction:
        reading.missing(":20C::RELA", general.line)
    settled = reading.one(trade, "98", "ESET", required=True)
    settled_on = reading.day(settled)
    if settled and settled_on is None and settled.field.tag == "98B":
        reading.wrong(settled.field, settled.value, "YYYYMMDD")
    terms = terms_of(reading, *KINDS[reading.kind], quantity="ESTT", amount="ESTT")
    if terms.against_payment and terms.money is None:
        reading.missing(":19A::ESTT", reading.sequence("SETDET").line)
    return Confirmation(
        reference=reading.text(general, "20C", "SEME", required=True), instruction=instruction,
        terms=terms, settled_on=settled_on or date.min, settled_at=reading.moment(settled),
        function=FUNCTIONS.get(told, Function.NEW), previous=linked(reading, general, "PREV"),
        in_parts=reading.known(general, "22", "PARS", PARTS),
        pre_confirmation=reading.known(general, "22", "PREC", PRE_CONFIRMATIONS),
        settled_before=_quantity(reading, "PSTT"), left=_quantity(reading, "RSTT"),
        money_settled_before=amount_of(reading, "PSTT"), money_left=amount_of(reading, "RSTT"),
        cash_account=reading.account(account, "CASH"),
        told_at=reading.told_at(general),
        references=place_references(reading, general), format=reading.format, kept=reading.kept(),
    )  # fmt: skip


def _quantity(reading: Reading, qualifier: str) -> Decimal | None:
    found = reading.counted(reading.sequence("FIAC"), qualifier)
    return found.amount if found else None
