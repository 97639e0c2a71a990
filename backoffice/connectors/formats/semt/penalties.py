"""semt.044: a place's list of penalties. CRDT is what we are entitled to.

Its schema is not at hand: our own model here is what refuses what is structurally wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from backoffice.connectors.formats.penalties import (
    KINDS,
    STATUSES,
    Contents,
    Penalty,
    PenaltyDay,
    PenaltyNet,
    PenaltyStatement,
    checked,
)
from backoffice.connectors.formats.semt.pages import page_of
from backoffice.connectors.formats.sese.advising import references_of
from backoffice.connectors.formats.sese.elements import Node, created_at
from backoffice.connectors.formats.sese.terms import party_of, price_of, security_of
from backoffice.connectors.formats.statuses import Reason
from backoffice.connectors.formats.terms import NO_REFERENCES
from backoffice.kernel.money import Money

NO_MONEY = Money(Decimal(0), "XXX")  # beside the problem that says why
SIGNS = {"CRDT": 1, "DBIT": -1}


def penalties_of(node: Node, header: Node | None, format: str) -> PenaltyStatement:
    general = node.child("RptGnlDtls", required=True) or node
    page, continuation = page_of(node, "RptPgntn", required=False)
    first, last = _period(general)
    contents = general.coded("PnltyListTp/Cd", [*Contents])
    lines: list[Penalty] = []
    nets: list[PenaltyNet] = []
    for group in node.children("Pnlty"):
        computed_on = _day(group.child("Dt"))
        for own in group.children("PnltyPerCtrPty"):
            counterparty = party_of(own.child("PtyId/Id", required=True))
            begun = len(lines)
            for part in own.children("PnltyDtls"):
                penalty = _penalty(part, len(lines) + 1)
                lines.append(
                    replace(
                        penalty, counterparty=counterparty, computed_on=computed_on,
                        period=(first, last),
                    )
                )  # fmt: skip
            net = _signed(own.child("AggtdNetAmt", required=True))
            if net:
                positions = tuple(range(begun + 1, len(lines) + 1))
                nets.append(PenaltyNet(counterparty, net, positions))
    return checked(PenaltyStatement(
        reference=general.value("RptId", required=True), account=node.value("SfkpgAcct/Id"),
        lines=tuple(lines), from_day=first, until_day=last,
        contents=Contents(contents) if contents else Contents.BOTH,
        frequency=general.value("Frqcy/Cd"), as_of=_day(general.child("RptDt")), page=page,
        continuation=continuation, nets=tuple(nets),
        told_at=created_at(header), format=format, kept=node.kept(),
    ))  # fmt: skip


def _penalty(part: Node, position: int) -> Penalty:
    ids = part.child("Id", required=True) or part
    amount = _signed(part.child("CmptdAmt", required=True)) or NO_MONEY
    counted = part.children("ClctnData")
    attributes = [found for each in counted if (found := each.child("FinInstrmAttrbts"))]
    isin, description = security_of(attributes[0], "Id") if attributes else ("", "")
    related = part.child("RltdTx/Ref")
    count = part.child("NbOfDays")
    return Penalty(
        position=position, reference=ids.value("Id"),
        common=ids.value("MktInfrstrctrId", required=True),
        kind=part.coded("Tp", KINDS, required=True), we_pay=amount.amount < 0,
        amount=Money(abs(amount.amount), amount.currency),
        status=part.coded("Sts/Sts/Cd", STATUSES) or "ACTV", reasons=tuple(_reasons(part)),
        days=tuple(_days(counted)), day_count=int(count.number()) if count else None,
        method=part.value("ClctnMtd"), isin=isin, description=description,
        previous=ids.value("RallcnId/Id") or ids.value("RallcnId/MktInfrstrctrId"),
        instruction=related.value("AcctOwnrTxId") if related else "",
        references=references_of(related) if related else NO_REFERENCES,
        source_line=part.element.sourceline or 0,
    )  # fmt: skip


def _signed(node: Node | None) -> Money | None:
    """An amount with its direction; without one it is ours to get."""
    if node is None:
        return None
    sign = SIGNS[node.coded("CdtDbt", SIGNS) or "CRDT"]
    found = node.child("Amt", required=True)
    money = found.money() if found else None
    return Money(sign * money.amount, money.currency) if money else None


def _reasons(part: Node) -> Iterator[Reason]:
    status = part.child("Sts")
    for each in status.children("Rsn") if status else []:
        code = each.value("Cd/Cd") or each.value("Cd")
        own = each.child("Cd/Prtry")
        words = each.value("AddtlInf") or each.value("AddtlRsnInf")
        if code or own or words:
            name = code or (own.value("Id") if own else "")
            yield Reason(name, words, own.value("Issr") if own else "")


def _days(counted: list[Node]) -> Iterator[PenaltyDay]:
    for each in counted:
        found = each.child("Dt", required=True)
        day = found.own_day() if found else None
        if day is None:
            continue
        parts = [m for part in each.children("SubAmtPnltyBrkdwn") if (m := _part(part))]
        whole = len({part.currency for part in parts}) == 1
        total = sum((part.amount for part in parts), Decimal(0))
        rate = each.child("DscntRate/Rate")
        yield PenaltyDay(
            day, money=Money(total, parts[0].currency) if whole else None,
            price=price_of(each.child("FinInstrmAttrbts/PricData")),
            rates=(("PDRA", rate.number()),) if rate else (),
        )  # fmt: skip


def _part(part: Node) -> Money | None:
    found = part.child("Amt", required=True)
    return found.money() if found else None


def _period(general: Node) -> tuple[date | None, date | None]:
    """The days that are reported on: both ends, or one day."""
    found = general.child("RptPrd")
    if found is None:
        return None, None
    begins, ends = found.child("FrDtToDt/FrDt"), found.child("FrDtToDt/ToDt")
    if begins and ends:
        return begins.own_day(), ends.own_day()
    day = _day(found)
    return day, day


def _day(node: Node | None) -> date | None:
    return node.day() if node else None
