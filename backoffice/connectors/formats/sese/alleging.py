"""sese.028: what somebody instructed against our account, and we did not. sese.029: they took it back.

Their schemas are not at hand: our own model here is what refuses what is structurally wrong.
"""

from __future__ import annotations

from backoffice.connectors.formats.securities import Allegement
from backoffice.connectors.formats.sese.elements import Node, created_at, reference_in
from backoffice.connectors.formats.sese.terms import direction_of, terms_of
from backoffice.connectors.formats.terms import Function, PlaceReferences


def allegement_of(node: Node, header: Node | None, format: str) -> Allegement:
    """TxId is the place's own name of it; the direction is seen from the account's owner."""
    parameters = node.child("SttlmTpAndAddtlParams", required=True) or node
    direction, against_payment = direction_of(parameters)
    account = node.child("QtyAndAcctDtls", required=True) or node
    terms = terms_of(
        node, direction, against_payment, details=node.child("TradDtls", required=True) or node,
        counted=account.child("SttlmQty", required=True), account=account,
        money=node.child("SttlmAmt", required=against_payment),
    )  # fmt: skip
    reference = node.value("TxId", required=True)
    return Allegement(
        reference=reference, terms=terms, told_at=created_at(header),
        references=PlaceReferences(
            servicer=reference, infrastructure=node.value("MktInfrstrctrTxId"),
            common=parameters.value("CmonId"),
        ),
        format=format, kept=node.kept(),
    )  # fmt: skip


def removal_of(node: Node, header: Node | None, format: str) -> Allegement:
    """sese.029 names what it removes by the place's own name of it."""
    about = node.child("AcctSvcrTxId", required=True) or node
    direction, against_payment = direction_of(about)
    details = node.child("TxDtls", required=True) or node
    terms = terms_of(
        details, direction, against_payment, details=details,
        counted=details.child("SttlmQty", required=True), account=node,
        money=details.child("SttlmAmt"),
    )  # fmt: skip
    previous = about.value("TxId", required=True)
    return Allegement(
        reference=reference_in(header, previous), terms=terms,
        function=Function.CANCEL, previous=previous, told_at=created_at(header),
        references=PlaceReferences(
            servicer=previous, infrastructure=node.value("MktInfrstrctrTxId")
        ),
        format=format, kept=node.kept(),
    )  # fmt: skip
