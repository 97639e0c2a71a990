"""seev.036, what was booked of an event; seev.037, what of it was taken back."""

from __future__ import annotations

from backoffice.connectors.formats.corporate_actions import EventConfirmation
from backoffice.connectors.formats.seev.parts import (
    cash_of,
    dates_of,
    event_of,
    option_of,
    securities_of,
    signed_quantity,
    words_in,
)
from backoffice.connectors.formats.sese.elements import Node, created_at, reference_in
from backoffice.connectors.formats.sese.terms import security_of
from backoffice.connectors.formats.terms import Function


def confirmation_of(node: Node, header: Node | None, format: str) -> EventConfirmation:
    """seev.036. A movement without what was booked, and when, proves nothing: it is refused."""
    return _confirmation(node, header, format, node.value("MvmntConfId"), Function.NEW, "")


def reversal_of(node: Node, header: Node | None, format: str) -> EventConfirmation:
    """seev.037: of the confirmation that it names."""
    previous = node.value("MvmntConfId/Id", required=True)
    return _confirmation(node, header, format, "", Function.REVERSE, previous)


def _confirmation(
    node: Node, header: Node | None, format: str, reference: str, function: Function, previous: str
) -> EventConfirmation:
    general = node.child("CorpActnGnlInf", required=True) or node
    event, official, kind = event_of(general)
    isin, description = security_of(general)
    account = node.child("AcctDtls", required=True) or node
    confirmed = node.child("CorpActnConfDtls", required=True) or node
    number, option_type = option_of(confirmed)
    balance = account.child("Bal/ConfdBal") or account.child("ConfdBal")
    moves, cash = tuple(securities_of(confirmed)), tuple(cash_of(confirmed))
    for part, move in zip(confirmed.children("SctiesMvmntDtls"), moves, strict=True):
        _is_booked(part, "PstngQty", move.quantity is not None, move.booked_on is not None)
    for part, paid in zip(confirmed.children("CshMvmntDtls"), cash, strict=True):
        _is_booked(part, "PstngAmt", paid.booked is not None, paid.booked_on is not None)
    number_of_message = reference_in(header)
    return EventConfirmation(
        reference=reference or number_of_message, event=event, kind=kind,
        account=account.value("SfkpgAcct"), isin=isin, option=number, option_type=option_type,
        function=function, previous=previous, description=description, official=official,
        balance=signed_quantity(balance) if balance else None,
        dates=dates_of(node.child("CorpActnDtls")), securities=moves, cash=cash,
        text="\n".join(filter(None, (
            node.value("RvslRsn/AddtlRsnInf"), words_in(node.child("AddtlInf")),
        ))),
        told_at=created_at(header), format=format, kept=node.kept(),
    )  # fmt: skip


def _is_booked(part: Node, name: str, has_amount: bool, has_day: bool) -> None:
    if not has_amount:
        part.problem("missing-element", f"{part.where}/{name}", missing=name)
    if not has_day:
        part.problem("missing-element", f"{part.where}/PstngDt", missing="PstngDt")
