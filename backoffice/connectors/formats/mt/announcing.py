"""MT564: a corporate action as it is announced, replaced, recalled, cancelled or withdrawn, and what it will bring.

SWIFT Standards, Category 5, MT564 (A GENL, B USECU, D CADETL, E CAOPTN with SECMOVE and CASHMOVE, F ADDINFO).
"""

from __future__ import annotations

from backoffice.connectors.formats.corporate_actions import (
    AccountBalances,
    Announcement,
    Notice,
    Option,
    Participation,
    numbered_again,
)
from backoffice.connectors.formats.mt.blocks import Sequence
from backoffice.connectors.formats.mt.event_parts import (
    balances_of,
    cash_of,
    dates_of,
    event_of,
    interest_of,
    option_of,
    securities_of,
    words_in,
)
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.instructing import function_in
from backoffice.connectors.formats.mt.terms import linked, security_of

NOTICES = tuple(Notice)
# 25D PROC: whether everything is known, and whether the issuer has said so.
COMPLETE = {"COMP": True, "COMU": True, "ENTL": True, "INFO": True, "PREC": False, "PREU": False}
CONFIRMED = {**COMPLETE, "COMU": False, "PREC": True}
PRELIMINARY = ("CAPA", "PFOR")  # 22F ADDB: what will be booked, by the account and in general


def announcement_of(reading: Reading) -> Announcement:
    general, securities = reading.sequence("GENL"), reading.sequence("USECU")
    told = function_in(reading, NOTICES)
    event, official, kind = event_of(reading, general)
    details = reading.sequence("CADETL", required=False)
    isin, description = security_of(reading, securities)
    status = reading.known(general, "25D", "PROC", COMPLETE)
    options = tuple(_option(reading, each) for each in reading.root.sequences("CAOPTN"))
    for at in numbered_again(options):
        where = f"line {reading.root.sequences('CAOPTN')[at].line}, :13A::CAON"
        reading.problems.add("repeated-field", where, options[at].number)
    participation = reading.known(general, "22F", "CAMV", [*Participation], required=True)
    words = [words_in(reading, each) for each in reading.root.sequences("ADDINFO")]
    return Announcement(
        reference=reading.text(general, "20C", "SEME", required=True), event=event, kind=kind,
        participation=Participation(participation or Participation.MANDATORY), isin=isin,
        notice=Notice(told or Notice.NEW), preliminary=_is_preliminary(reading, details),
        description=description, official=official, previous=linked(reading, general, "PREV"),
        complete=COMPLETE.get(status, True), confirmed=CONFIRMED.get(status, True),
        dates=dates_of(reading, details), rate=interest_of(reading, details),
        accounts=tuple(_account(reading, each) for each in securities.sequences("ACCTINFO")),
        options=options, text="\n".join(filter(None, words)), told_at=reading.told_at(general),
        format=reading.format, kept=reading.kept(),
    )  # fmt: skip


def _is_preliminary(reading: Reading, details: Sequence) -> bool:
    codes = reading.all(details, "22F", "ADDB")
    return any(each.value.strip() in PRELIMINARY for each in codes if not each.scheme)


def _account(reading: Reading, inside: Sequence) -> AccountBalances:
    """`GENR` in the place of an account (97C) says: all that you have here."""
    return AccountBalances(reading.account(inside, "SAFE"), tuple(balances_of(reading, inside)))


def _option(reading: Reading, inside: Sequence) -> Option:
    number, kind = option_of(reading, inside)
    respond = reading.one(inside, "98", "RDDT")
    from_day, until_day = reading.days(reading.one(inside, "69A", "PWAL"))
    return Option(
        number=number, type=kind, is_default=reading.flag(inside, "DFLT") is True,
        currency=reading.text(inside, "11A", "OPTN"), status=reading.code(inside, "22F", "OSTA"),
        respond_by=reading.day(respond), respond_by_at=reading.moment(respond),
        market_deadline=reading.day(reading.one(inside, "98", "MKDT")), from_day=from_day,
        until_day=until_day, securities=tuple(securities_of(reading, inside)),
        cash=tuple(cash_of(reading, inside)), text=words_in(reading, inside),
    )  # fmt: skip
