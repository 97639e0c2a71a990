"""MT566: what was booked of a corporate action, and what of it was taken back.

SWIFT Standards, Category 5, MT566 (A GENL, B USECU, C CADETL, D CACONF with SECMOVE and CASHMOVE, E ADDINFO).
"""

from __future__ import annotations

from backoffice.connectors.formats.corporate_actions import EventConfirmation
from backoffice.connectors.formats.mt.blocks import Sequence
from backoffice.connectors.formats.mt.event_parts import (
    balances_of,
    cash_of,
    dates_of,
    event_of,
    option_of,
    securities_of,
    words_in,
)
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.instructing import function_in
from backoffice.connectors.formats.mt.terms import linked, security_of
from backoffice.connectors.formats.terms import Function

FUNCTIONS = {"NEWM": Function.NEW, "REVR": Function.REVERSE}


def event_confirmation_of(reading: Reading) -> EventConfirmation:
    """A movement without what was booked, and when, proves nothing: it is refused."""
    general, securities = reading.sequence("GENL"), reading.sequence("USECU")
    told = function_in(reading, tuple(FUNCTIONS))
    event, official, kind = event_of(reading, general)
    confirmed = reading.sequence("CACONF")
    isin, description = security_of(reading, securities)
    number, option_type = option_of(reading, confirmed)
    balances = {each.code: each.quantity for each in balances_of(reading, securities)}
    moves, cash = tuple(securities_of(reading, confirmed)), tuple(cash_of(reading, confirmed))
    for part, move in zip(confirmed.sequences("SECMOVE"), moves, strict=True):
        _is_booked(reading, part, "36B", move.quantity is not None, move.booked_on is not None)
    for part, paid in zip(confirmed.sequences("CASHMOVE"), cash, strict=True):
        _is_booked(reading, part, "19B", paid.booked is not None, paid.booked_on is not None)
    words = [words_in(reading, each) for each in reading.root.sequences("ADDINFO")]
    return EventConfirmation(
        reference=reading.text(general, "20C", "SEME", required=True), event=event, kind=kind,
        account=reading.account(securities, "SAFE", required=True), isin=isin, option=number,
        option_type=option_type, function=FUNCTIONS.get(told, Function.NEW),
        previous=linked(reading, general, "PREV"), description=description, official=official,
        balance=balances.get("CONB") or balances.get("ELIG"),
        dates=dates_of(reading, reading.sequence("CADETL", required=False)),
        securities=moves, cash=cash, text="\n".join(filter(None, words)),
        told_at=reading.told_at(general), format=reading.format, kept=reading.kept(),
    )  # fmt: skip


def _is_booked(reading: Reading, part: Sequence, tag: str, has_amount: bool, has_day: bool) -> None:
    if not has_amount:
        reading.missing(f":{tag}::PSTA", part.line)
    if not has_day:
        reading.missing(":98A::POST", part.line)
