"""The life of a settlement: six axes, each with its own lifecycle, and one computed roll-up.

Nobody sets the status: the ordered table `ROLL_UP` gives it from the axes (domain-decisions 10).
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition
from settlements.advising.reasons import Reason as Reason


class Approval(TextChoices):
    PREPARED = "PREPARED", _("Prepared")
    APPROVED = "APPROVED", _("Approved")
    REJECTED = "REJECTED", _("Rejected")


class Transmission(TextChoices):
    NONE = "NONE", _("Not sent")
    SENT = "SENT", _("Sent")
    ACKNOWLEDGED = "ACKNOWLEDGED", _("Acknowledged")
    REJECTED = "REJECTED", _("Rejected by the place")


class Matching(TextChoices):
    UNMATCHED = "UNMATCHED", _("Unmatched")
    MATCHED = "MATCHED", _("Matched")
    ALLEGED = "ALLEGED", _("Alleged")


class Hold(TextChoices):
    NONE = "NONE", _("Not held")
    OURS = "OURS", _("Held by us")
    THEIRS = "THEIRS", _("Held by the counterparty")
    CSD = "CSD", _("Held by the depository")


class Finality(TextChoices):
    PENDING = "PENDING", _("Pending")
    FAILING = "FAILING", _("Failing")
    PARTIAL = "PARTIAL", _("Partly settled")
    SETTLED = "SETTLED", _("Settled")


class Cancellation(TextChoices):
    NONE = "NONE", _("None")
    REQUESTED = "REQUESTED", _("Requested")
    AGREED = "AGREED", _("Agreed")
    DENIED = "DENIED", _("Denied")


class LinkKind(TextChoices):
    """What two linked settlements have to do with each other."""

    WITH = "WITH", _("Released together")
    BEFORE = "BEFORE", _("Settles before the other")


class SettlementStatus(TextChoices):
    PREPARED = "PREPARED", _("Prepared")
    RELEASED = "RELEASED", _("Released")
    REJECTED = "REJECTED", _("Rejected")
    MATCHED = "MATCHED", _("Matched")
    PARTIALLY_SETTLED = "PARTIALLY_SETTLED", _("Partially settled")
    FAILED = "FAILED", _("Failed")
    SETTLED = "SETTLED", _("Settled")
    CANCELLED = "CANCELLED", _("Cancelled")


# First row that fits gives the status; none fits: PREPARED.
ROLL_UP: tuple[tuple[str, str, SettlementStatus], ...] = (
    ("settlement", Finality.SETTLED, SettlementStatus.SETTLED),
    ("cancellation", Cancellation.AGREED, SettlementStatus.CANCELLED),
    ("settlement", Finality.PARTIAL, SettlementStatus.PARTIALLY_SETTLED),
    ("settlement", Finality.FAILING, SettlementStatus.FAILED),
    ("approval", Approval.REJECTED, SettlementStatus.REJECTED),
    ("transmission", Transmission.REJECTED, SettlementStatus.REJECTED),
    ("matching", Matching.MATCHED, SettlementStatus.MATCHED),
    ("approval", Approval.APPROVED, SettlementStatus.RELEASED),
)

APPROVAL_LIFECYCLE = Lifecycle(
    subject="settlement",
    column="approval",
    states=Approval.values,
    initial=Approval.PREPARED,
    transitions=[
        Transition(
            name="release", sources=(Approval.PREPARED,), target=Approval.APPROVED, four_eyes=True
        ),
        Transition(
            name="reject", sources=(Approval.PREPARED,), target=Approval.REJECTED, four_eyes=True
        ),
        Transition(
            name="repair", sources=(Approval.REJECTED,), target=Approval.PREPARED, makes=True
        ),
        # Another standing instruction is taken: whatever was approved of the old one is void.
        Transition(
            name="enrich",
            sources=(Approval.PREPARED, Approval.REJECTED, Approval.APPROVED),
            target=Approval.PREPARED,
            makes=True,
        ),
    ],
)
TRANSMISSION_LIFECYCLE = Lifecycle(
    subject="settlement",
    column="transmission",
    states=Transmission.values,
    initial=Transmission.NONE,
    transitions=[
        Transition(
            name="send", sources=(Transmission.NONE,), target=Transmission.SENT, by_rule=True
        ),
        Transition(
            name="acknowledge",
            sources=(Transmission.SENT,),
            target=Transmission.ACKNOWLEDGED,
            by_rule=True,
        ),
        Transition(
            name="bounce",
            sources=(Transmission.SENT, Transmission.ACKNOWLEDGED),
            target=Transmission.REJECTED,
            by_rule=True,
        ),
    ],
)
MATCHING_LIFECYCLE = Lifecycle(
    subject="settlement",
    column="matching",
    states=Matching.values,
    initial=Matching.UNMATCHED,
    transitions=[
        Transition(
            name="match",
            sources=(Matching.UNMATCHED, Matching.ALLEGED),
            target=Matching.MATCHED,
        ),
        Transition(
            name="unmatch", sources=(Matching.MATCHED,), target=Matching.UNMATCHED, by_rule=True
        ),
        Transition(
            name="allege", sources=(Matching.UNMATCHED,), target=Matching.ALLEGED, by_rule=True
        ),
    ],
)
HOLD_LIFECYCLE = Lifecycle(
    subject="settlement",
    column="hold",
    states=Hold.values,
    initial=Hold.NONE,
    transitions=[
        Transition(name="hold", sources=(Hold.NONE,), target=Hold.OURS, makes=True),
        Transition(name="unhold", sources=(Hold.OURS,), target=Hold.NONE, four_eyes=True),
        Transition(name="release_part", sources=(Hold.OURS,), target=Hold.OURS, four_eyes=True),
        Transition(name="hold_theirs", sources=(Hold.NONE,), target=Hold.THEIRS, by_rule=True),
        Transition(name="hold_csd", sources=(Hold.NONE,), target=Hold.CSD, by_rule=True),
        Transition(
            name="unhold_outside",
            sources=(Hold.THEIRS, Hold.CSD),
            target=Hold.NONE,
            by_rule=True,
        ),
    ],
)
FINALITY_LIFECYCLE = Lifecycle(
    subject="settlement",
    column="settlement",
    states=Finality.values,
    initial=Finality.PENDING,
    transitions=[
        Transition(name="fail", sources=(Finality.PENDING,), target=Finality.FAILING, by_rule=True),
        Transition(
            name="settle_part",
            sources=(Finality.PENDING, Finality.FAILING, Finality.PARTIAL),
            target=Finality.PARTIAL,
            by_rule=True,
        ),
        Transition(
            name="settle",
            sources=(Finality.PENDING, Finality.FAILING, Finality.PARTIAL),
            target=Finality.SETTLED,
            by_rule=True,
        ),
    ],
)
CANCELLATION_LIFECYCLE = Lifecycle(
    subject="settlement",
    column="cancellation",
    states=Cancellation.values,
    initial=Cancellation.NONE,
    transitions=[
        Transition(
            name="request_cancel",
            sources=(Cancellation.NONE, Cancellation.DENIED),
            target=Cancellation.REQUESTED,
        ),
        Transition(
            name="agree_cancel",
            sources=(Cancellation.NONE, Cancellation.REQUESTED),
            target=Cancellation.AGREED,
            by_rule=True,
        ),
        Transition(
            name="deny_cancel",
            sources=(Cancellation.REQUESTED,),
            target=Cancellation.DENIED,
            by_rule=True,
        ),
    ],
)
LIFECYCLES = (
    APPROVAL_LIFECYCLE,
    TRANSMISSION_LIFECYCLE,
    MATCHING_LIFECYCLE,
    HOLD_LIFECYCLE,
    FINALITY_LIFECYCLE,
    CANCELLATION_LIFECYCLE,
)


class Says(TextChoices):
    """What a document says about a settlement, and what follows when other eyes accept it."""

    SETTLED = "SETTLED", _("It is settled")
    CANCEL_AGREED = "CANCEL_AGREED", _("They agree to cancel it")
    CANCEL_DENIED = "CANCEL_DENIED", _("They do not cancel it")


class ClaimState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    ACCEPTED = "ACCEPTED", _("Accepted")
    DECLINED = "DECLINED", _("Declined")


CLAIM_LIFECYCLE = Lifecycle(
    subject="evidence",
    states=ClaimState.values,
    initial=ClaimState.PROPOSED,
    transitions=[
        Transition(
            name="accept",
            sources=(ClaimState.PROPOSED,),
            target=ClaimState.ACCEPTED,
            four_eyes=True,
        ),
        Transition(
            name="decline",
            sources=(ClaimState.PROPOSED,),
            target=ClaimState.DECLINED,
            four_eyes=True,
        ),
    ],
)


class RunState(TextChoices):
    QUEUED = "QUEUED", _("Queued")
    RUNNING = "RUNNING", _("Running")
    COMPLETED = "COMPLETED", _("Completed")
    FAILED = "FAILED", _("Failed")


RUN_LIFECYCLE = Lifecycle(
    subject="settlementrun",
    states=RunState.values,
    initial=RunState.QUEUED,
    transitions=[
        Transition(name="start", sources=(RunState.QUEUED,), target=RunState.RUNNING, by_rule=True),
        Transition(
            name="complete", sources=(RunState.RUNNING,), target=RunState.COMPLETED, by_rule=True
        ),
        Transition(
            name="break_off",
            sources=(RunState.QUEUED, RunState.RUNNING),
            target=RunState.FAILED,
            by_rule=True,
        ),
    ],
)


class RunOutcome(TextChoices):
    """What a run decided about one settlement."""

    SETTLE = "SETTLE", _("Settled")
    SEND = "SEND", _("Sent")
    LEAVE = "LEAVE", _("Left out")
