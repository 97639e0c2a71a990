"""sese.028: what somebody instructed against our account, and we did not.

Its schema is not at hand: our own model here is what refuses what is structurally wrong.
"""

from __future__ import annotations

from backoffice.connectors.formats.securities import Allegement
from backoffice.connectors.formats.sese.elements import Node, created_at
from backoffice.connectors.formats.sese.terms import direction_of, terms_of
from backoffice.connectors.formats.terms import PlaceReferences


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
