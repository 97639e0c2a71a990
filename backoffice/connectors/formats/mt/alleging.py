"""MT578: what somebody instructed against our account, and we did not."""

from __future__ import annotations

from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.instructing import function_in
from backoffice.connectors.formats.mt.terms import linked, place_references, terms_of
from backoffice.connectors.formats.securities import Allegement
from backoffice.connectors.formats.terms import Direction, Function

PAYMENTS = {"APMT": True, "FREE": False}
FUNCTIONS = (Function.NEW.value, Function.CANCEL.value)


def allegement_of(reading: Reading) -> Allegement:
    """The direction (22H REDE) is seen from the account's owner: RECE, we are to receive."""
    general = reading.sequence("GENL")
    told = function_in(reading, FUNCTIONS)
    direction = Direction(_coded(reading, "REDE", tuple(Direction)) or Direction.RECEIVE)
    against_payment = PAYMENTS.get(_coded(reading, "PAYM", tuple(PAYMENTS)), False)
    terms = terms_of(reading, direction, against_payment)
    if terms.against_payment and terms.money is None:
        reading.missing(":19A::SETT", reading.sequence("SETDET").line)
    return Allegement(
        reference=reading.text(general, "20C", "SEME", required=True), terms=terms,
        function=Function.CANCEL if told == Function.CANCEL else Function.NEW,
        previous=linked(reading, general, "PREV"),
        told_at=reading.told_at(general),
        references=place_references(reading, general), format=reading.format, kept=reading.kept(),
    )  # fmt: skip


def _coded(reading: Reading, qualifier: str, known: tuple[str, ...]) -> str:
    """An indicator of trade details; places put it into the settlement details as well."""
    for name in ("TRADDET", "SETDET", "GENL"):
        found = reading.one(reading.sequence(name), "22H", qualifier)
        if found:
            code = found.value.strip()
            return code if reading.of_codes(found, code, known) else ""
    reading.missing(f":22H::{qualifier}", reading.sequence("TRADDET").line)
    return ""
