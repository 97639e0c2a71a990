"""Reading their confirmations: one, many, both sides field by field, and who may see which."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.access.problems import translated
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import NotFound
from backoffice.kernel.money import Money
from backoffice.kernel.references import number_in
from deals.confirming.candidates import our_documents, their_documents
from deals.confirming.causes import WORDS
from deals.confirming.models import ReceivedConfirmation
from deals.confirming.reading import tolerated_in
from deals.confirming.rules import FIELDS, Finding, Weight, compare
from refdata.scopes import visible
from refdata.selectors import money_document, reference_data


def confirmations(*, visible_to: User) -> QuerySet[ReceivedConfirmation]:
    """Those of the deals a person may see; what is about no deal is the whole entity's."""
    rows = ReceivedConfirmation.objects.select_related(
        "entity", "sender", "deal", "instrument__asset", "received_by", "replaces", "replaced_by"
    )
    return visible(rows, visible_to, book="book_id")


def confirmation(reference: str, *, visible_to: User) -> ReceivedConfirmation:
    """The confirmation of a reference such as `RC-3`. Raises NotFound."""
    id = number_in(reference, "RC", "confirmation")
    row = confirmations(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="confirmation", reference=reference)
    return row


def findings_of(row: ReceivedConfirmation) -> list[Finding]:
    """Every field, ours of the version that was compared; without a deal only theirs is told."""
    theirs = their_documents([row.pk])[row.pk]
    if row.deal_id is None or row.deal_version is None:
        return [Finding(name, None, getattr(theirs, name), Weight.UNTOLD) for name in FIELDS]
    _, ours = our_documents([row.deal_id], version=row.deal_version)[row.deal_id]
    return compare(ours, theirs, tolerated_in(ours.currency, ours.trade_date))


def cause_documents(row: ReceivedConfirmation) -> list[dict[str, str]]:
    """The likely causes with the remedies, in the reader's language."""
    return [
        {
            "code": code,
            "cause": translated(WORDS[code].cause, {}),
            "remedy": translated(WORDS[code].remedy, {}),
        }
        for code in row.causes
    ]


def confirmation_document(row: ReceivedConfirmation) -> dict[str, Any]:
    """A confirmation as the API returns it: what they told, and what came of it."""
    told = {"pair": row.pair} if row.pair else {"instrument": row.told}
    return {
        "reference": str(row),
        "version": row.number,
        "status": row.state,
        "entity": row.entity.code,
        "counterparty": row.sender.code,
        "their_ref": row.their_ref,
        "our_ref": row.our_ref or None,
        "uti": row.uti or None,
        "side": row.side,
        **told,
        "quantity": plain(row.quantity),
        "price": None if row.price is None else plain(row.price),
        "currency": row.currency,
        "amount": _money(row),
        "trade_date": row.trade_date.isoformat(),
        "settlement_date": row.settlement_date.isoformat(),
        "place": row.place or None,
        "sent_at": row.sent_at,
        "received_at": row.received_at,
        "received_by": row.received_by.username if row.received_by else None,
        "deal": f"D-{row.deal_id}" if row.deal_id else None,
        "deal_version": row.deal_version,
        "verdict": row.verdict or None,
        "differences": row.differences,
        "causes": cause_documents(row),
        "replaces": str(row.replaces) if row.replaces else None,
        "replaced_by": str(row.replaced_by) if hasattr(row, "replaced_by") else None,
        "links": {"self": f"/api/v1/confirmations/{row}/"},
    }


def _money(row: ReceivedConfirmation) -> dict[str, str] | None:
    if row.amount is None or row.currency not in reference_data().currencies:
        return None
    return money_document(Money(row.amount, row.currency))
