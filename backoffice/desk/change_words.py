"""The words of amending, cancelling and allocating: what happened, what waits, and why."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.desk import claim_words as claims
from backoffice.desk import confirmation_words as confirming
from backoffice.desk import cost_words as costs
from backoffice.desk import fail_words as fails
from backoffice.desk import fee_words as fees
from backoffice.desk import income_words as income
from backoffice.desk import ledger_batch_words as ledger_batches
from backoffice.desk import party_file_words as party_files
from backoffice.desk import payroll_words as payroll
from backoffice.desk import tax_year_words as tax_years
from backoffice.desk import use_words as uses
from backoffice.desk import withdrawal_words as withdrawals
from settlements.purchases.wanted import WANTED

TITLES: dict[str, Any] = (
    confirming.TITLES
    | fails.TITLES
    | fees.TITLES
    | payroll.TITLES
    | costs.TITLES
    | uses.TITLES
    | withdrawals.TITLES
    | party_files.TITLES
    | tax_years.TITLES
    | ledger_batches.TITLES
    | income.TITLES
    | {
        "deal.amend": _("Amended"),
        "deal.allocate": _("Allocated"),
        "deal.group": _("Grouped into a block"),
        "deal.undo_allocation": _("Allocation taken back"),
        "deal.annotate": _("Details amended"),
        "deal.request_cancel": _("Cancellation requested"),
        "deal.agree_cancel": _("Agreement to the cancellation recorded"),
        "deal.approve_cancel": _("Cancellation approved"),
        "deal.deny_cancel": _("Cancellation denied"),
        "deal.withdraw_cancel": _("Request to cancel taken back"),
        "deal.reinstruct": _("Settlements cancelled, to be prepared anew"),
        "deal.cancel_rest": _("The rest is cancelled by agreement"),
        "deal.report_late": _("Reported void by the venue after its net had gone"),
    }
)
WHY: dict[str, Any] = (
    confirming.WHY
    | fails.WHY
    | fees.WHY
    | payroll.WHY
    | costs.WHY
    | claims.WHY
    | uses.WHY
    | withdrawals.WHY
    | party_files.WHY
    | tax_years.WHY
    | ledger_batches.WHY
    | income.WHY
    | {
        **{f"purchase-{step}": wanted.needs for step, wanted in WANTED.items()},
        "purchase-advance": _("Money would leave before the securities are there"),
        "cancel-answer": _("The counterparty has not answered yet"),
        "cancel-approval": _("Everything is agreed; other eyes decide"),
        "rest-cancelled": _("A part is settled, the rest was cancelled at its place"),
        "venue-reversed-late": _(
            "A net of it is with the clearing house, which does not take it back"
        ),
    }
)
PROBLEMS: dict[str, Any] = party_files.PROBLEMS | {
    "unknown-agreement": _("The agreement is not in the register"),
    "agreement-of-other-party": _("The agreement is with another party"),
    "agreement-not-in-force": _("The agreement is not in force"),
}
KINDS: dict[str, Any] = (
    fails.KINDS
    | fees.KINDS
    | payroll.KINDS
    | costs.KINDS
    | claims.KINDS
    | uses.KINDS
    | withdrawals.KINDS
    | party_files.KINDS
    | tax_years.KINDS
    | ledger_batches.KINDS
    | income.KINDS
    | {
        **{f"purchase-{step}": wanted.title for step, wanted in WANTED.items()},
        "purchase-advance": _("A payment before the credit waits for other eyes"),
        "list-too-old": _("A list of sanctions is too old: no payment leaves"),
        "ending-agreement": _("An agreement ends soon"),
        "ending-opinion": _("The legal opinion on netting ends soon"),
        "cancel-answer": _("A cancellation waits for the counterparty's answer"),
        "cancel-approval": _("A cancellation waits for approval"),
        "rest-cancelled": _("A deal is settled in part, and nothing settles the rest"),
        "venue-reversed-late": _("The venue reports a deal void whose net has gone"),
    }
)
DOES: dict[str, Any] = (
    fails.DOES
    | fees.DOES
    | payroll.DOES
    | costs.DOES
    | claims.DOES
    | uses.DOES
    | withdrawals.DOES
    | party_files.DOES
    | tax_years.DOES
    | ledger_batches.DOES
    | income.DOES
    | {
        **{f"purchase-{step}": _("Go on with the purchase") for step in WANTED},
        "purchase-advance": _("Decide about the payment"),
        "list-too-old": _("Load the list of today"),
        "ending-agreement": _("Put its end off, or register the one that follows"),
        "ending-opinion": _("Have the opinion renewed, or end the netting"),
        "cancel-answer": _("Record the answer"),
        "cancel-approval": _("Approve or take back"),
        "rest-cancelled": _("Instruct the rest anew, or cancel it with their agreement"),
        "venue-reversed-late": _(
            "Capture the deal the other way, with the report (VR-…) as its external reference"
        ),
    }
)
STEP_REASONS: dict[str, tuple[Any, Any]] = (
    confirming.STEP_REASONS
    | fails.STEP_REASONS
    | fees.STEP_REASONS
    | payroll.STEP_REASONS
    | costs.STEP_REASONS
    | uses.STEP_REASONS
    | withdrawals.STEP_REASONS
    | party_files.STEP_REASONS
    | tax_years.STEP_REASONS
    | ledger_batches.STEP_REASONS
    | income.STEP_REASONS
    | {
        "deal.reinstruct": (
            _("A part of it is settled, the rest was cancelled at its place."),
            _(
                "Until the rest is instructed anew, or cancelled with their agreement, it is still owed."
            ),
        ),
        "deal.agree_cancel": (
            _("Its cancellation is asked for, and the counterparty has not answered."),
            _("Until then the deal stays live, reserved and exposed."),
        ),
        "deal.approve_cancel": (
            _("A colleague asks to cancel it; other eyes decide."),
            _("Until then the deal stays live, reserved and exposed."),
        ),
    }
)
