"""Whether a seller may be paid: after the act, or where paying ahead was allowed, by an order that was issued.

And once every step is taken that its process adds before the payment.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from settlements.purchases.processing.steps import before_payment

PRODUCT = "individual_purchase"


class PaymentTooEarly(Conflict):
    code = "payment-before-act"
    title = gettext_noop("The seller may not be paid yet")
    detail = gettext_noop(
        "%(settlement)s: the securities are not credited, or the act is not signed."
    )
    hint = gettext_noop("Take the steps of the purchase in order, or have paying ahead allowed.")


class PaymentOrderMissing(Conflict):
    code = "payment-order-missing"
    title = gettext_noop("The payment order was not issued")
    detail = gettext_noop("%(settlement)s pays a seller, and its payment order is missing.")
    hint = gettext_noop("Issue it on the page of the purchase.")


# Payments to sellers among settlements: how far the purchase is, and whether the order to pay is there.
_PAYMENTS = """
SELECT s.id, coalesce(p.state IN ('ACCEPTED', 'PAID') OR p.advance = 'ALLOWED', false),
       EXISTS (SELECT 1 FROM documents_document o WHERE o.subject_type = 'deal' AND o.subject_id = d.id
                  AND o.kind = 'PAYMENT_ORDER'), p.id
  FROM settlements_settlement s
  JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id AND d.product = %(product)s
  LEFT JOIN settlements_purchase p ON p.deal_id = d.id
 WHERE s.id = ANY(%(ids)s) AND s.amount > 0 AND NOT s.delivers
"""


def unready_payments(ids: Sequence[int]) -> dict[int, Conflict]:
    """Which of these settlements would pay a seller too early, and why (domain-decisions 18)."""
    with connection.cursor() as cursor:
        cursor.execute(_PAYMENTS, {"ids": list(ids), "product": PRODUCT})
        rows = cursor.fetchall()
    early: dict[int, Conflict] = {
        id: PaymentTooEarly(settlement=f"S-{id}") for id, ready, *_ in rows if not ready
    }
    lacking = {id for id, ready, ordered, _ in rows if ready and not ordered}
    missing = {id: PaymentOrderMissing(settlement=f"S-{id}") for id in sorted(lacking)}
    waiting = before_payment([purchase for *_, purchase in rows if purchase]) if rows else {}
    steps = {id: waiting[purchase] for id, *_, purchase in rows if purchase in waiting}
    return missing | steps | early
