"""semt.017, what was booked; semt.018, what is pending; semt.019, what others allege."""

from __future__ import annotations

from datetime import date

from backoffice.connectors.formats.semt.holding import SIGNS as BALANCE_SIGNS
from backoffice.connectors.formats.semt.holding import signed_balance
from backoffice.connectors.formats.semt.pages import number_of, page_of
from backoffice.connectors.formats.sese.advising import references_of, statuses_of
from backoffice.connectors.formats.sese.elements import Node, created_at, reference_in
from backoffice.connectors.formats.sese.terms import (
    NO_QUANTITY,
    OURS,
    SIDES,
    SIGNS,
    direction_of,
    party_of,
    quantity_of,
    security_of,
    terms_of,
)
from backoffice.connectors.formats.statuses import Status
from backoffice.connectors.formats.terms import Direction, Quantity, Terms
from backoffice.connectors.formats.transactions import (
    Alleged,
    Allegements,
    Movement,
    Pending,
    PendingTransactions,
    Transactions,
    Turnover,
    checked,
)
from backoffice.kernel.money import Money

NO_REFERENCE = "NONREF"


def transactions_of(node: Node, header: Node | None, format: str) -> Transactions:
    """semt.017."""
    general = node.child("StmtGnlDtls", required=True) or node
    page, continuation = page_of(node)
    account = node.value("SfkpgAcct/Id")
    from_day, until_day = _period(general)
    lines: list[Movement] = []
    held = [(each, account) for each in node.children("FinInstrmDtls")]
    for part in node.children("SubAcctDtls"):
        own = part.value("SfkpgAcct/Id") or account
        held += [(each, own) for each in part.children("FinInstrmDtls")]
    turnovers = tuple(_turnover(each, own, lines) for each, own in held)
    number = reference_in(header)
    return checked(Transactions(
        reference=general.value("StmtId") or number, account=account, lines=tuple(lines),
        from_day=from_day, until_day=until_day, turnovers=turnovers, number=number_of(general),
        page=page, continuation=continuation, basis=general.value("StmtBsis/Cd"),
        is_update=_is_update(general), told_at=created_at(header), format=format,
        kept=node.kept(),
    ))  # fmt: skip


def pending_of(node: Node, header: Node | None, format: str) -> PendingTransactions:
    """semt.018: by their status, or one by one."""
    general = node.child("StmtGnlDtls", required=True) or node
    page, continuation = page_of(node)
    account = node.value("SfkpgAcct/Id")
    told = general.child("StmtDtTm", required=True)
    lines: list[Pending] = []
    for group in node.children("Sts"):
        found = statuses_of(group, "StsAndRsn")
        for each in group.children("Tx"):
            lines.append(_pending(each, len(lines) + 1, account, found))
    for each in node.children("Txs"):
        lines.append(_pending(each, len(lines) + 1, account, statuses_of(each, "StsAndRsn")))
    number = reference_in(header)
    return PendingTransactions(
        reference=general.value("StmtId") or number, account=account,
        as_of=(told.day() if told else None) or date.min, lines=tuple(lines),
        as_of_at=told.moment() if told else None, number=number_of(general), page=page,
        continuation=continuation, is_update=_is_update(general), told_at=created_at(header),
        format=format, kept=node.kept(),
    )  # fmt: skip


def allegements_of(node: Node, header: Node | None, format: str) -> Allegements:
    """semt.019."""
    general = node.child("StmtGnlDtls", required=True) or node
    page, continuation = page_of(node)
    told = general.child("StmtDtTm", required=True)
    number = reference_in(header)
    return Allegements(
        reference=general.value("StmtId") or number, account=node.value("SfkpgAcct/Id"),
        as_of=(told.day() if told else None) or date.min,
        lines=tuple(_alleged(node, each, at) for at, each in enumerate(node.children("AllgmtDtls"), 1)),
        as_of_at=told.moment() if told else None, number=number_of(general), page=page,
        continuation=continuation, is_update=_is_update(general), told_at=created_at(header),
        format=format, kept=node.kept(),
    )  # fmt: skip


def _is_update(general: Node) -> bool:
    return general.value("UpdTp/Cd") == "DELT"


def _period(general: Node) -> tuple[date | None, date | None]:
    days = general.child("StmtPrd/FrDtToDt")
    moments = general.child("StmtPrd/FrDtTmToDtTm")
    ends = [each.children() for each in (days, moments) if each]
    if not ends or len(ends[0]) != 2:
        general.problem("missing-element", f"{general.where}/StmtPrd", missing="StmtPrd")
        return None, None
    first, last = ends[0]
    return first.own_day(), last.own_day()


def _turnover(node: Node, account: str, lines: list[Movement]) -> Turnover:
    isin, description = security_of(node)
    begun = len(lines)
    for each in node.children("Tx"):
        lines.append(_movement(each, len(lines) + 1, account, (isin, description)))
    opening, closing = (_balance(node.child(name), name) for name in ("OpngBal", "ClsgBal"))
    positions = tuple(range(begun + 1, len(lines) + 1))
    return Turnover(account, isin, description, opening, closing, positions)


def _balance(node: Node | None, name: str) -> Quantity | None:
    """Inside an element of the same name, the first or an intermediate one."""
    inner = node.child(name, required=True) if node else None
    found = signed_balance(inner) if inner else None
    if node is None or found is None:
        return None
    sign = BALANCE_SIGNS[node.coded("ShrtLngInd", BALANCE_SIGNS) or "LONG"]
    return Quantity(found.kind, sign * found.amount)


def _movement(node: Node, position: int, account: str, security: tuple[str, str]) -> Movement:
    details = node.child("TxDtls", required=True) or node
    booked = details.child("FctvSttlmDt", required=True)
    booked_on = booked.day() if booked else None
    activity, kind = _activity(details)
    return Movement(
        position=position, terms=_terms(details, account, security),
        booked_on=booked_on or date.min, instruction=_ours(node),
        activity=activity, type=kind, event=node.value("CorpActnEvtId"),
        reversal=bool(details.flag("RvslInd")), references=references_of(node),
        source_line=node.element.sourceline or 0,
    )  # fmt: skip


def _ours(node: Node) -> str:
    """Our reference; NONREF says that we have none of it."""
    told = node.value("AcctOwnrTxId", required=True)
    return "" if told == NO_REFERENCE else told


def _pending(node: Node, position: int, account: str, statuses: tuple[Status, ...]) -> Pending:
    details = node.child("TxDtls", required=True) or node
    expected = details.child("XpctdSttlmDt")
    activity, kind = _activity(details)
    return Pending(
        position=position, instruction=node.value("AcctOwnrTxId", required=True),
        terms=_terms(details, account, security_of(details)), statuses=statuses,
        activity=activity, type=kind, expected_on=expected.day() if expected else None,
        references=references_of(node), source_line=node.element.sourceline or 0,
    )  # fmt: skip


def _activity(details: Node) -> tuple[str, str]:
    kind = details.child("SttlmTxOrCorpActnEvtTp")
    return details.value("TxActvty/Cd"), (
        kind.value("SctiesTxTp/Cd") or kind.value("CorpActnEvtTp/Cd") if kind else ""
    )


def _terms(details: Node, account: str, security: tuple[str, str]) -> Terms:
    direction, against_payment = direction_of(details)
    isin, description = security
    settles, traded = details.child("SttlmDt"), details.child("TradDt")
    other, own = details.child(SIDES[direction]), details.child(OURS[direction])
    place = (other and other.child("Dpstry")) or (own and own.child("Dpstry")) or None
    accrued = details.child("AcrdIntrstAmt/Amt")
    return Terms(
        direction=direction, against_payment=against_payment,
        quantity=quantity_of(details.child("PstngQty", required=True)) or NO_QUANTITY,
        settlement_date=settles.day() if settles else None, account=account, isin=isin,
        description=description, trade_date=traded.day() if traded else None,
        money=_money(details.child("PstngAmt"), direction),
        accrued=accrued.money() if accrued else None, place=party_of(place),
        agent=party_of(other and other.child("Pty1")),
        counterparty=party_of(other and other.child("Pty2")),
    )  # fmt: skip


def _money(node: Node | None, direction: Direction) -> Money | None:
    """An amount goes against the securities; its direction is CdtDbt in semt.017 and CdtDbtInd in semt.018."""
    if node is None:
        return None
    for name in ("CdtDbt", "CdtDbtInd"):
        node.coded(name, (SIGNS[direction],))
    found = node.child("Amt", required=True)
    return found.money() if found else None


def _alleged(statement: Node, node: Node, position: int) -> Alleged:
    direction, against_payment = direction_of(node)
    counted = node.child("QtyAndAcctDtls/SttlmQty", required=True)
    terms = terms_of(
        node, direction, against_payment, details=node, counted=counted, account=statement,
        money=node.child("SttlmAmt", required=against_payment),
    )  # fmt: skip
    references = references_of(node)
    return Alleged(
        position=position, reference=references.servicer, terms=terms,
        status=node.value("Sts/Cd"), references=references,
        source_line=node.element.sourceline or 0,
    )  # fmt: skip
