"""Words for values that mean different things on different axes, and for how and by what things happen."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.connectors.channels.state import LineState, MessageState
from backoffice.connectors.places.state import AllegementState
from backoffice.connectors.salaries.state import PayFileState
from backoffice.connectors.state import InboundOutcome
from backoffice.documents.kinds import Language, TemplateKind
from backoffice.documents.state import CopyState, Standing, TemplateState
from backoffice.grants.state import GrantState
from backoffice.webhooks.state import WebhookState
from backoffice.workflow.state import ITEM_LIFECYCLE, Handling
from deals.confirming.state import ConfirmationState
from deals.importing.state import ImportMappingState, ImportState
from deals.state import DealState, InboundState
from expenses.allocating.state import KEY_LIFECYCLE, KeyState
from expenses.assets.state import ASSET_LIFECYCLE, AssetState
from expenses.budgets.state import BUDGET_LIFECYCLE, BudgetState
from expenses.costs.state import (
    CONTRACT_LIFECYCLE,
    SUPPLIER_INVOICE_LIFECYCLE,
    ContractState,
    SupplierInvoiceState,
)
from expenses.watching.state import ALERT_LIFECYCLE, AlertState
from ledger.state import (
    AccountKind,
    DayState,
    NightState,
    PeriodKind,
    PeriodState,
    PointState,
    Stage,
    StepState,
)
from limits.state import BreachState, ChangeState, LimitKind, ReservationState
from onboarding.state import FILE_LIFECYCLE, FileState
from reconciliation.breaks.state import BreakState as DifferState
from reconciliation.state import Verdict
from refdata.agreements.state import AgreementKind
from refdata.agreements.state import Standing as AgreementStanding
from refdata.dated_rules.state import RuleState, Verification
from refdata.firm_profiles.state import Licence, ProfileState, SwiftAccess
from refdata.models.parties import PartyStatus
from refdata.proposable import PROPOSABLE
from refdata.screening.state import HitState
from refdata.state import SsiStatus
from reporting.handover.state import BatchState
from reporting.state import RunState as ReportState
from settlements import state as settling
from settlements.actions.state import DifferenceState, ElectionState, EntitlementState, PaymentState
from settlements.clearing.state import NetState
from settlements.fails.claims.state import BuyInState, InterestClaimState
from settlements.fails.state import PenaltyStatus
from settlements.fails.statements.state import BreakState, StatementState
from settlements.ndfl.state import TaxYearState
from settlements.netting.state import SET_LIFECYCLE, SetState
from settlements.purchases.state import Advance, PurchaseState
from settlements.transforming.state import EventState
from settlements.using.state import UseState
from settlements.withdrawing.state import WithdrawalState

DIRECTIONS = {"RECEIVE": _("Receive"), "DELIVER": _("Deliver"), "PAY": _("Pay")}
AXES = {
    "approval": _("Approval"), "transmission": _("Transmission"), "matching": _("Matching"),
    "hold": _("Held or not"), "settlement": _("Settlement"), "cancellation": _("Cancellation"),
}  # fmt: skip
EVIDENCE = {
    "netting": _("the net of its set"), "run": _("our settlement run"), "place-message": _("message of the place"),
    "document": _("document, accepted by other eyes"),
}  # fmt: skip

HOW = {
    "matched": _("matched by messages"), "affirmed": _("affirmed by the counterparty"),
    "signed": _("signed"), "recorded-call": _("recorded call"), "manual": _("by hand"),
    "not-required": _("not required"),
}  # fmt: skip

# How a settlement moves, and what its entries are called that no step names.
METHODS = {
    "DVP": _("Delivery against payment"), "FOP": _("Free of payment"), "PFOD": _("Payment alone"),
}  # fmt: skip
ENTRIES = {
    "deal.trade": _("Trade date"), "deal.trade.reverse": _("Reversal of the trade"),
    "settlement.settle": _("Settlement"), "opening": _("Opening balance"), "deal.cancel_rest": _("Cancelled rest"),
    "payrolljournal.accrue": _("Pay accrued"), "payrolljournal.withhold": _("NDFL withheld of pay"),
    "feeaccrual.accrue": _("Fee accrued"), "cost.book": _("Cost booked"),
    "invoicepayment.book": _("Supplier paid"), "fixedasset.accept": _("Asset bought"),
    "fixedasset.dispose": _("Asset disposed of"), "entitlement.accrue": _("Income owed"),
}  # fmt: skip

# Subjects that say their states in words of their own: each is an axis.
COST_STATES: dict[str, type[TextChoices]] = {
    "costcontract": ContractState, "supplierinvoice": SupplierInvoiceState, "fixedasset": AssetState,
    "budget": BudgetState, "allocationkey": KeyState, "expensealert": AlertState,
}  # fmt: skip
OWN_STATES = COST_STATES | {"nettingset": SetState, "workitem": Handling, "partyfile": FileState}
COST_LIFECYCLES = (
    CONTRACT_LIFECYCLE, SUPPLIER_INVOICE_LIFECYCLE, ASSET_LIFECYCLE, BUDGET_LIFECYCLE, KEY_LIFECYCLE, ALERT_LIFECYCLE,
)  # fmt: skip

# States of reference data, and of what counterparties send.
REFERENCE = (
    {str(choice.value): choice.label for choices in COST_STATES.values() for choice in choices}
    | {
        str(choice.value): choice.label
        for choices in (
            AllegementState,
            MessageState,
            LineState,
            WebhookState,
            ConfirmationState,
            NetState,
            SetState,
            EventState,
            SsiStatus,
            PartyStatus,
            RuleState,
            Verification,
            ProfileState,
            Licence,
            SwiftAccess,
            TemplateState,
            CopyState,
            Standing,
            TemplateKind,
            PurchaseState,
            Advance,
            Language,
            HitState,
            ImportState,
            ImportMappingState,
            AgreementKind,
            AgreementStanding,
            StatementState,
            BreakState,
            PenaltyStatus,
            InterestClaimState,
            BuyInState,
            UseState,
            WithdrawalState,
            TaxYearState,
            BatchState,
            DifferState,
            Verdict,
            InboundOutcome,
            EntitlementState,
            PaymentState,
            DifferenceState,
            ElectionState,
        )
        for choice in choices
    }
    | {"REFUSED": _("Refused")}
)

# The axes share values (NONE, REJECTED) that each names in its own words.
ON_AXIS = {
    f"{axis}.{choice.value}": choice.label
    for axis, choices in (
        ("approval", settling.Approval),
        ("transmission", settling.Transmission),
        ("matching", settling.Matching),
        ("hold", settling.Hold),
        ("settlement", settling.Finality),
        ("cancellation", settling.Cancellation),
    )
    for choice in choices
} | {
    f"{subject}.{choice.value}": choice.label
    for subject, choices in OWN_STATES.items()
    for choice in choices
}
AXIS_OF_STEP = {
    f"{each.subject}.{name}": each.column
    for each in settling.LIFECYCLES
    for name in each.transitions
} | {
    f"{each.subject}.{name}": each.subject
    for each in (SET_LIFECYCLE, ITEM_LIFECYCLE, FILE_LIFECYCLE, *COST_LIFECYCLES)
    for name in each.transitions
}

# The tone of a state's badge; all others are plain.
GOOD = {
    "SETTLED", "CLOSED", "CONFIRMED", "COMPLETED", "MATCHED", "APPROVED",
    "REPLAYED", "ACTIVE", "ACCEPTED", "LET_OUT", "INSTRUCTED", "CURED", "IN_FORCE", "SIGNED_OFF", "DONE", "GRANTED",
    "VERIFIED", "SIGNED", "APPLIED", "CLEARED", "LOADED", "HOLDS", "AGREED", "WON", "BOOKED", "PAID", "COMPENSATED",
    "BALANCED", "TAKEN",
    "ACKNOWLEDGED", "ANSWERED", "OUTSIDE",
    "ISSUED",
}  # fmt: skip
WARN = {
    "AMBIGUOUS", "DISPUTED",
    "EXPLAINED", "PENDING_APPROVAL", "PREPARED", "REPAIR", "QUEUED", "RUNNING", "HELD", "PROPOSED",
    "OURS", "CLOSING", "PENDING", "DRAFT", "ADOPTED", "UNVERIFIED",
    "CLEARING", "UNMAPPED", "PREVIEWED", "UNDO_REQUESTED", "UNDOING", "COMING", "COMPUTED", "REOPENED",
    "APPEALED", "CHASED", "PARTLY", "SET_ASIDE", "NCOM", "RECEIVED", "NOTIFIED", "EXECUTED",
    "EXPECTED", "WAITING", "CHOSEN", "MARKED", "DOUBTED", "PAYING", "SUBMITTED", "DUE",
}  # fmt: skip
BAD = {
    "STOPPED",
    "FROZEN",
    "DISABLED",
    "MISMATCHED",
    "DIFFERENT",
    "ALLEGED",
    "FAILED",
    "FAILING",
    "REJECTED",
    "CANCELLED",
    "REPLACED",
    "REVOKED",
    "BLOCKED",
    "SANCTIONED",
    "DECLINED",
    "TERMINATED",
    "BROKEN",
    "REFUSED",
    "TAKEN_BACK",
    "UNREADABLE",
    "UNBALANCED",
}


def tone_of(state: str) -> str:
    """good, warn or bad, as badges and graphs colour a state; empty for a plain one."""
    tones = {"good": GOOD, "warn": WARN, "bad": BAD}
    return next((tone for tone, states in tones.items() if state in states), "")


# What is shown with something else: the prefix of its reference.
UNPAGED = {
    "claim": "MC",
    "feeaccrual": "FA",
    "entitlement": "EN",
    "cost": "CO",
    "invoicepayment": "IP",
}
# What has a page: its address and the prefix of its reference.
SUBJECTS = {
    "webhook": ("webhook", "WH"),
    "workitem": ("work-item", "WI"),
    "fixmapping": ("fix-mapping", "FM"),
    "dealimport": ("import", "IM"),
    "importmapping": ("import-mapping", "MP"),
    "deal": ("deal", "D"), "settlement": ("settlement", "S"), "settlementrun": ("run", "R"),
    "reportrun": ("report-run", "RR"), "inbound": ("inbound", "I"), "limit": ("limit", "L"),
    "evidence": ("evidence", "EV"), "breach": ("breach", "BR"),
    "opening": ("opening", "LO"), "closing": ("closing", "LE"),
    "suspicion": ("suspicion", "DS"), "override": ("override", "OV"),
    "confirmation": ("confirmation", "RC"), "netobligation": ("net-obligation", "NO"),
    "net": ("net-obligation", "NO"),  # as the source of a settlement
    "recordevent": ("record-event", "CA"), "nettingset": ("netting-set", "NT"), "set": ("netting-set", "NT"),
    "rolegrant": ("rolegrant", "RG"), "cap": ("cap", "LC"), "businessday": ("business-day", "BD"),
    "businessperiod": ("period", "BP"),
    "ssi": ("ssi", "SSI"), "document": ("document", "DOC"), "template": ("template", "DT"),
    "screeninghit": ("screening-hit", "SH"),
    "signedcopy": ("signed-copy", "DC"), "purchase": ("purchase", "PU"),
    "rule": ("rule", "RL"), "profile": ("profile", "FP"),
    "proposal": ("proposal", "RP"),
    **{kind: ("reference-row", kind) for kind in PROPOSABLE},
    "agreement": ("agreement", "AG"),
    "penaltystatement": ("penalty-statement", "PS"),
    "penaltybreak": ("penalty-break", "PB"),
    "interestclaim": ("interest-claim", "IC"),
    "buyin": ("buy-in", "BI"),
    "assetuse": ("asset-use", "UA"), "scenario": ("scenario", "SC"),
    "withdrawal": ("withdrawal", "WD"), "partyfile": ("party-file", "CF"),
    "taxyear": ("tax-year", "TY"),
    "ledgerbatch": ("ledger-batch", "LB"),
    "statement": ("statement", "ST"),
    "break": ("break", "DF"),
    "match": ("match", "M"),
    "inboundfile": ("inbound-file", "IF"),
    "incomepayment": ("income-payment", "PY"),
    "incomedifference": ("income-difference", "ID"),
    "election": ("election", "EL"),
    "message": ("message", "OM"), "allegement": ("allegement", "AL"),
    "feestatement": ("fee-statement", "FS"),
    "feebreak": ("fee-break", "FB"),
    "feeinvoice": ("fee-invoice", "FI"),
    "payrolljournal": ("payroll-journal", "PJ"), "payfile": ("pay-file", "PF"),
    "costcontract": ("cost-contract", "CT"),
    "supplierinvoice": ("supplier-invoice", "SI"),
    "fixedasset": ("fixed-asset", "EQ"), "budget": ("budget", "BU"),
    "allocationkey": ("allocation-key", "AK"), "expensealert": ("expense-alert", "EX"),
}  # fmt: skip

# Every state in words, where no axis says it otherwise.
LABELS = REFERENCE | {PayFileState.LET_OUT.value: PayFileState.LET_OUT.label} | {
    str(choice.value): choice.label
    for choices in (
        ReservationState, BreachState, ChangeState, DayState, PeriodState, PeriodKind, NightState, StepState,
        PointState, Stage,
        AccountKind, LimitKind, ReportState, InboundState, GrantState,
        settling.RunState, settling.ClaimState, settling.Approval, settling.Transmission, settling.Matching,
        settling.Hold, settling.Finality, settling.Cancellation, settling.SettlementStatus, DealState,
    )
    for choice in choices
}  # fmt: skip
