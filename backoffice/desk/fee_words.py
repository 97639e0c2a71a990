"""The words of fees: steps of bills, differences and invoices, and why they wait for somebody."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "feestatement.receive": _("Bill of fees received"),
    "feestatement.agree": _("Agreed"),
    "feestatement.decline": _("Declined"),
    "feestatement.replace": _("Replaced by a later bill"),
    "feebreak.open": _("Billed otherwise than accrued"),
    "feebreak.appeal": _("Appealed against"),
    "feebreak.accept": _("Accepted as billed"),
    "feebreak.win": _("They agree with us"),
    "feebreak.settle": _("A later bill agrees with us"),
    "feebreak.void": _("The bill was declined"),
    "feebreak.reopen": _("A later bill says otherwise again"),
    "feeinvoice.propose": _("Invoice proposed"),
    "feeinvoice.issue": _("Invoice issued"),
    "feeinvoice.decline": _("Invoice declined"),
}
WHY: dict[str, Any] = {
    "fee-bill": _("A bill of fees was brought; other eyes agree to it once its differences are decided"),
    "fee-different": _("A fee is billed otherwise than we have accrued"),
    "fee-appealed": _("Our appeal against a fee is not answered"),
    "fee-invoice": _("An invoice of fees waits for other eyes"),
}  # fmt: skip
KINDS: dict[str, Any] = {
    "fee-bill": _("A bill of fees waits"),
    "fee-different": _("A fee differs from ours"),
    "fee-appealed": _("An appeal against a fee waits for its answer"),
    "fee-invoice": _("An invoice of fees waits to be issued"),
}
DOES: dict[str, Any] = {
    "fee-bill": _("Look at its differences, then agree to it or decline it"),
    "fee-different": _("Appeal before the deadline, or have it accepted"),
    "fee-appealed": _("Chase them, then record their answer"),
    "fee-invoice": _("Look at its lines, then issue it or decline it"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "feestatement.agree": (
        _(
            "Somebody else brought the bill; it is agreed to once every difference of it is decided."
        ),
        _("Until then nobody may pay it."),
    ),
    "feebreak.appeal": (
        _("It is billed otherwise than we have accrued."),
        _("After the deadline they hear nobody, and we pay what they say."),
    ),
    "feebreak.win": (
        _("They have not answered our appeal."),
        _("Until then the bill cannot be agreed to."),
    ),
    "feeinvoice.issue": (
        _("A colleague proposes it; other eyes look at its lines before it takes a number."),
        _("Until then nobody is asked to pay."),
    ),
}
