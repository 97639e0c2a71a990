"""What the messages of corporate actions share: movements, balances, dates, rates and words.

Balances are told in the codes of MT564, so that whoever reads one needs no second table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from backoffice.connectors.formats.corporate_actions import (
    Balance,
    CashMovement,
    EventDates,
    Ratio,
    SecuritiesMovement,
)
from backoffice.connectors.formats.sese.elements import Node
from backoffice.connectors.formats.sese.terms import UNITS, quantity_of, security_of
from backoffice.connectors.formats.terms import Price, Quantity
from backoffice.kernel.money import Money

DIRECTIONS = {"CRDT": True, "DBIT": False}
RATIOS = {
    "NewToOd": "NEWO", "AddtlQtyForExstgScties": "ADEX", "AddtlQtyForSbcbdRsltntScties": "ADSR",
}  # fmt: skip
BALANCES: Mapping[str, str] = MappingProxyType(
    {
        "TtlElgblBal": "ELIG", "BlckdBal": "BLOK", "BrrwdBal": "BORR", "CollInBal": "COLI",
        "CollOutBal": "COLO", "OnLnBal": "LOAN", "PdgDlvryBal": "PEND", "PdgRctBal": "PENR",
        "OutForRegnBal": "REGO", "SttlmPosBal": "SETT", "StrtPosBal": "SPOS",
        "TradDtPosBal": "TRAD", "InTrnsShipmntBal": "TRAN", "RegdBal": "NOMI",
        "UinstdBal": "UNBA", "InstdBal": "INBA", "OblgtdBal": "OBAL", "AfctdBal": "AFFB",
        "UafctdBal": "UNAF", "ConfdBal": "CONB",
    }
)  # fmt: skip
SIGNS = {"LONG": 1, "SHOR": -1}


def event_of(general: Node) -> tuple[str, str, str]:
    """The servicer's name of the event, the market's, and its kind."""
    kind = general.value("EvtTp/Cd") or general.value("EvtTp/Prtry/Id")
    if not kind:
        general.problem("missing-element", f"{general.where}/EvtTp", missing="EvtTp")
    return (
        general.value("CorpActnEvtId", required=True), general.value("OffclCorpActnEvtId"), kind,
    )  # fmt: skip


def option_of(node: Node) -> tuple[str, str]:
    """The number of an option, and its type."""
    found = node.child("OptnNb", required=True)
    number = (found.value("Nb") or found.value("Cd")) if found and found.children() else ""
    number = number or (found.text if found else "")
    kind = node.value("OptnTp/Cd") or node.value("OptnTp/Prtry/Id")
    if not kind:
        node.problem("missing-element", f"{node.where}/OptnTp", missing="OptnTp")
    return number, kind


def dates_of(details: Node | None) -> EventDates:
    found = details.child("DtDtls") if details else None
    if found is None:
        return EventDates()

    def day(name: str) -> date | None:
        return day_of(found.child(name)) if found else None

    return EventDates(
        announced_on=day("AnncmntDt"), ex_date=day("ExDvddDt"), record_date=day("RcrdDt"),
        effective_on=day("FctvDt"), payment_date=day("PmtDt"),
    )  # fmt: skip


def day_of(node: Node | None) -> date | None:
    """A day, where one is given: a code in its place (UKWN, ONGO) is none."""
    if node is None:
        return None
    return node.own_day() if not node.children() else node.day()


def balances_of(node: Node | None) -> Iterator[Balance]:
    """Each balance, and the parts of one that say what may be done with it."""
    for each in node.children() if node else []:
        code = BALANCES.get(each.name)
        counted = signed_quantity(each) if code else None
        if code and counted:
            yield Balance(code, counted)


def signed_quantity(node: Node) -> Quantity | None:
    """A quantity behind its sign, however deep the choice around it is; units of a place's own are kept."""
    inner = node
    for _ in range(6):
        sign = inner.coded("ShrtLngPos", SIGNS)
        if inner.children(*UNITS):
            found = quantity_of(inner)
            return found and Quantity(found.kind, SIGNS[sign or "LONG"] * found.amount)
        step = inner.children(
            "Bal", "QtyChc", "SgndQty", "OrgnlAndCurFaceAmt", "Qty", "ElgblBal", "NotElgblBal"
        )
        if not step:
            return None
        if sign and not step[0].children("ShrtLngPos"):
            return _behind(step[0], SIGNS[sign])
        inner = step[0]
    return None


def _behind(node: Node, sign: int) -> Quantity | None:
    found = signed_quantity(node)
    return found and Quantity(found.kind, sign * found.amount)


def securities_of(node: Node) -> Iterator[SecuritiesMovement]:
    for move in node.children("SctiesMvmntDtls"):
        where = move.child("SctyDtls") or move
        isin, description = security_of(where)
        dates, rates = move.child("DtDtls") or move, move.child("RateDtls")
        yield SecuritiesMovement(
            credit=_direction(move), isin=isin, description=description,
            quantity=quantity_of(move.child("PstngQty") or move.child("EntitldQty")),
            ratio=_ratio(rates), fractions=move.value("FrctnDspstn/Cd"),
            price=_price(move.child("PricDtls/GncCshPricPdPerPdct")),
            paid_on=day_of(dates.child("PmtDt")), available_on=day_of(dates.child("AvlblDt")),
            booked_on=day_of(dates.child("PstngDt")),
        )  # fmt: skip


def cash_of(node: Node) -> Iterator[CashMovement]:
    for move in node.children("CshMvmntDtls"):
        dates, rates = move.child("DtDtls") or move, move.child("RateAndAmtDtls")
        amounts = move.child("AmtDtls") or move
        account = move.child("CshAcctId") or move.child("Acct/CshAcct")
        yield CashMovement(
            credit=_direction(move), booked=_money(amounts, "PstngAmt"),
            entitled=_money(amounts, "EntitldAmt"), gross=_money(amounts, "GrssCshAmt"),
            net=_money(amounts, "NetCshAmt"), tax=_money(amounts, "WhldgTaxAmt"),
            per_unit=_per_unit(rates), rate=_percent(rates, "IntrstRateUsdForPmt"),
            tax_rate=_percent(rates, "WhldgTaxRate"),
            account=(account.value("IBAN") or account.value("Prtry")) if account else "",
            paid_on=day_of(dates.child("PmtDt")), value_on=day_of(dates.child("ValDt")),
            booked_on=day_of(dates.child("PstngDt")),
        )  # fmt: skip


def words_in(node: Node | None, *names: str) -> str:
    """Every narrative of these names (all without any), in its order."""
    found = []
    for each in node.children(*names) if node else []:
        inner = each.children("AddtlInf")
        found += [part.text for part in inner] if inner else [each.text]
    return "\n".join(filter(None, found))


def _direction(move: Node) -> bool:
    return DIRECTIONS.get(move.coded("CdtDbtInd", DIRECTIONS, required=True), True)


def _ratio(rates: Node | None) -> Ratio | None:
    for each in rates.children(*RATIOS) if rates else []:
        found = each.child("QtyToQty")
        if found is None:
            continue
        new, old = found.child("Qty1", required=True), found.child("Qty2", required=True)
        if new is None or old is None:
            return None
        ratio = Ratio(RATIOS[each.name], new.number(), old.number())
        if not ratio.old:
            found.problem("wrong-value", found.where, "0", form="Qty2 > 0")
            return None
        return ratio
    return None


def _price(node: Node | None) -> Price | None:
    percent = node.child("PctgPric/PricVal") if node else None
    money = node.child("AmtPric/PricVal") if node else None
    if percent:
        return Price(percent.number())
    told = money.money() if money else None
    return Price(told.amount, told.currency) if told else None


def _money(node: Node, name: str) -> Money | None:
    found = node.child(name)
    return found.money() if found else None


def _per_unit(rates: Node | None) -> Money | None:
    """The first of what one security brings that is an amount: gross dividend, or interest."""
    for name in ("GrssDvddRate", "IntrstRateUsdForPmt"):
        for each in rates.children(name) if rates else []:
            for path in ("Amt", "AmtAndRateSts/Amt", "RateTpAndAmtAndRateSts/Amt"):
                found = each.child(path)
                if found:
                    return found.money()
    return None


def _percent(rates: Node | None, name: str) -> Decimal | None:
    for each in rates.children(name) if rates else []:
        found = each.child("Rate") or each.child("RateTpAndRate/Rate")
        if found:
            return found.number()
    return None
