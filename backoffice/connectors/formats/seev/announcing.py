"""seev.031, an event announced; seev.035, what it will bring; seev.039, an event cancelled or withdrawn."""

from __future__ import annotations

from collections.abc import Iterator

from backoffice.connectors.formats.corporate_actions import (
    AccountBalances,
    Announcement,
    Notice,
    Option,
    Participation,
    numbered_again,
)
from backoffice.connectors.formats.seev.parts import (
    balances_of,
    cash_of,
    dates_of,
    day_of,
    event_of,
    option_of,
    securities_of,
    words_in,
)
from backoffice.connectors.formats.sese.elements import Node, created_at, reference_in
from backoffice.connectors.formats.sese.terms import security_of

WITHDRAWALS = {"WITH": Notice.WITHDRAWN, "PROC": Notice.CANCELLED}
COMPLETE = {"COMP": True, "INCO": False}
CONFIRMED = {"CONF": True, "UCON": False}


def announcement_of(node: Node, header: Node | None, format: str) -> Announcement:
    """seev.031. Its reference is in the header where it has none of its own."""
    told = node.child("NtfctnGnlInf", required=True) or node
    return _announcement(
        node, header, format, told=told, reference=told.value("NtfctnId"),
        notice=told.coded("NtfctnTp", [*Notice], required=True), options="CorpActnOptnDtls",
        previous=node.value("PrvsNtfctnId/Id"),
    )  # fmt: skip


def preliminary_of(node: Node, header: Node | None, format: str) -> Announcement:
    """seev.035: what an account will get."""
    told = node.child("MvmntPrlimryAdvcGnlInf", required=True) or node
    return _announcement(
        node, header, format, told=told, reference=told.value("MvmntPrlimryAdvcId"),
        notice=told.coded("Tp", [*Notice], required=True), options="CorpActnMvmntDtls",
        previous=node.value("PrvsMvmntPrlimryAdvcId/Id"), preliminary=True,
    )  # fmt: skip


def cancellation_of(node: Node, header: Node | None, format: str) -> Announcement:
    """seev.039: of the whole event."""
    told = node.child("CxlAdvcGnlInf", required=True) or node
    general = node.child("CorpActnGnlInf", required=True) or node
    event, official, kind = event_of(general)
    isin, description = security_of(general)
    code = told.coded("CxlRsnCd", WITHDRAWALS, required=True)
    complete, confirmed = _status(told)
    accounts = node.child("AcctsDtls")
    return Announcement(
        reference=reference_in(header), event=event,
        kind=kind, participation=_participation(general), isin=isin, description=description,
        notice=WITHDRAWALS.get(code, Notice.CANCELLED), official=official, complete=complete,
        confirmed=confirmed, dates=dates_of(node.child("CorpActnDtls")),
        accounts=tuple(
            AccountBalances(each.value("SfkpgAcct"))
            for each in (accounts.children("AcctsList") if accounts else [])
        ),
        text="\n".join(filter(None, (told.value("CxlRsn"), words_in(node, "AddtlTxt")))),
        told_at=created_at(header), format=format, kept=node.kept(),
    )  # fmt: skip


def _announcement(
    node: Node, header: Node | None, format: str, *, told: Node, reference: str, notice: str,
    options: str, previous: str, preliminary: bool = False,
) -> Announcement:  # fmt: skip
    general = node.child("CorpActnGnlInf", required=True) or node
    event, official, kind = event_of(general)
    isin, description = security_of(general.child("UndrlygScty", required=True) or general)
    details = node.child("CorpActnDtls")
    rate = details.child("RateAndAmtDtls/IntrstRate/Rate") if details else None
    complete, confirmed = _status(told)
    number = reference_in(header)
    found = tuple(_option(each) for each in node.children(options))
    for at in numbered_again(found):
        node.problem(
            "repeated-field", node.children(options)[at].where, f"OptnNb {found[at].number}"
        )
    return Announcement(
        reference=reference or number, event=event, kind=kind,
        participation=_participation(general), isin=isin, notice=Notice(notice or Notice.NEW),
        preliminary=preliminary, description=description, official=official, previous=previous,
        complete=complete, confirmed=confirmed, dates=dates_of(details),
        rate=rate.number() if rate else None, accounts=tuple(_accounts(node)), options=found,
        text=words_in(node.child("AddtlInf")), told_at=created_at(header), format=format,
        kept=node.kept(),
    )  # fmt: skip


def _participation(general: Node) -> Participation:
    code = general.coded("MndtryVlntryEvtTp/Cd", [*Participation], required=True)
    return Participation(code or Participation.MANDATORY)


def _status(told: Node) -> tuple[bool, bool]:
    status = told.child("PrcgSts/Cd") or told.child("PrcgSts")
    if status is None:
        return True, True
    complete = status.coded("EvtCmpltnsSts", COMPLETE)
    confirmed = status.coded("EvtConfSts", CONFIRMED)
    return COMPLETE.get(complete, True), CONFIRMED.get(confirmed, True)


def _accounts(node: Node) -> Iterator[AccountBalances]:
    details = node.child("AcctDtls")
    for each in details.children("AcctsListAndBalDtls") if details else []:
        balances = tuple(balances_of(each.child("Bal")))
        yield AccountBalances(each.value("SfkpgAcct"), balances)


def _option(node: Node) -> Option:
    number, kind = option_of(node)
    dates, period = node.child("DtDtls"), node.child("PrdDtls/ActnPrd/Prd")
    respond = dates.child("RspnDdln") if dates else None
    return Option(
        number=number, type=kind,
        is_default=bool(node.flag("DfltPrcgOrStgInstr/DfltOptnInd")),
        currency=node.value("CcyOptn"), status=node.value("OptnAvlbtySts/Cd"),
        respond_by=day_of(respond), respond_by_at=respond.moment() if respond else None,
        market_deadline=day_of(dates.child("MktDdln")) if dates else None,
        from_day=day_of(period.child("StartDt")) if period else None,
        until_day=day_of(period.child("EndDt")) if period else None,
        securities=tuple(securities_of(node)), cash=tuple(cash_of(node)),
        text=words_in(node.child("AddtlInf")),
    )  # fmt: skip
