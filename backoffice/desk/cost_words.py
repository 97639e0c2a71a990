"""The words of costs: steps of contracts and invoices of suppliers, and why they wait for somebody."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.work.costs import UNEXPLAINED
from expenses.costs.state import Unexplained

TITLES: dict[str, Any] = {
    "costcontract.propose": _("Contract proposed"),
    "costcontract.sign": _("Signed into the register"),
    "costcontract.decline": _("Contract declined"),
    "costcontract.end": _("Contract ended"),
    "supplierinvoice.receive": _("Invoice of a supplier received"),
    "supplierinvoice.explain": _("Held against the contracts"),
    "supplierinvoice.book": _("Booked as a cost"),
    "supplierinvoice.decline": _("Invoice of a supplier declined"),
    "supplierinvoice.pay": _("Paid, by a line of the bank"),
    "supplierinvoice.unpay": _("Owed again: the match of a line that paid it was undone"),
    "fixedasset.propose": _("Asset proposed"),
    "fixedasset.accept": _("Into the register and the books"),
    "fixedasset.decline": _("Asset declined"),
    "fixedasset.ask_disposal": _("Disposal asked for"),
    "fixedasset.keep": _("It stays"),
    "fixedasset.dispose": _("Out of the books"),
    "fixedasset.tell_units": _("Units told"),
    "budget.propose": _("Budget proposed"),
    "budget.approve": _("Budget approved"),
    "budget.decline": _("Budget declined"),
    "budget.replace": _("Replaced by a later version"),
    "allocationkey.propose": _("Key proposed"),
    "allocationkey.approve": _("Key approved"),
    "allocationkey.decline": _("Key declined"),
    "expensealert.raise": _("Expense outran income"),
    "expensealert.answer": _("Alert answered"),
}
WHY: dict[str, Any] = {
    "cost-contract": _("A contract with a supplier waits for other eyes"),
    "cost-invoice": _("An invoice of a supplier waits to be booked by other eyes"),
    "cost-paid-unbilled": _("A supplier was paid, and no invoice of it fits"),
    "fixed-asset": _("Equipment or a licence waits to come into the books by other eyes"),
    "asset-leaving": _("Equipment or a licence is to leave the books"),
    "budget": _("A budget waits for other eyes"),
    "allocation-key": _("A key by which costs are shared out waits for other eyes"),
    "expense-outran-income": _("The firm spent more in the month than it earned"),
    **{kind: Unexplained(reason).label for reason, kind in UNEXPLAINED.items()},
}
KINDS: dict[str, Any] = {
    "cost-contract": _("A contract waits to be signed"),
    "cost-invoice": _("An invoice of a supplier waits"),
    "cost-paid-unbilled": _("Paid without an invoice"),
    "fixed-asset": _("An asset waits to be accepted"),
    "asset-leaving": _("A disposal waits for other eyes"),
    "budget": _("A budget waits to be approved"),
    "allocation-key": _("A key of costs waits to be approved"),
    "expense-outran-income": _("Expense outran income"),
    **dict.fromkeys(UNEXPLAINED.values(), _("No contract explains an invoice")),
}
DOES: dict[str, Any] = {
    "fixed-asset": _("Compare it with its document, then accept or decline it"),
    "asset-leaving": _("Look at what it stands at and what it brings, then take it out or keep it"),
    "budget": _("Look at its lines beside what is booked, then approve or decline it"),
    "allocation-key": _("Look at its shares, then approve or decline it"),
    "expense-outran-income": _("Look at what drove it, and say what is done about it"),
    "cost-contract": _("Compare it with the agreement, then sign or decline it"),
    "cost-invoice": _("Look at its contract and its lines, then book it or decline it"),
    "cost-paid-unbilled": _(
        "Ask the supplier for its invoice and bring it; the line is matched then by itself"
    ),
    **dict.fromkeys(
        UNEXPLAINED.values(),
        _(
            "Have the contract put right, or ask the supplier; else the manager books it with a reason"
        ),
    ),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "costcontract.sign": (
        _("A colleague proposes it; other eyes compare it with what was agreed."),
        _("Until then nothing is expected of it, and no invoice is explained by it."),
    ),
    "fixedasset.accept": (
        _("A colleague proposes it; other eyes compare it with its document."),
        _("Until then it is not in the books, and nothing of it is depreciated."),
    ),
    "fixedasset.ask_disposal": (
        _("It is in use; what leaves is told here, and taken out of the books by other eyes."),
        _("As long as it is in the register it is depreciated."),
    ),
    "fixedasset.dispose": (
        _("A colleague says that it leaves; other eyes take it out of the books."),
        _("Until then it is depreciated as if it were here."),
    ),
    "budget.approve": (
        _("A colleague proposes it; other eyes look at its lines."),
        _("Until then the version before it counts."),
    ),
    "allocationkey.approve": (
        _("A colleague proposes it; other eyes look at its shares."),
        _("Until then the centre is shared out as before."),
    ),
    "expensealert.answer": (
        _("The firm spent more in the month than it earned."),
        _("What drove it goes on until somebody decides."),
    ),
    "supplierinvoice.book": (
        _("A colleague brought it; other eyes look at what explains it."),
        _("Until then it is no cost, and a payment of it finds nothing to pay."),
    ),
}
