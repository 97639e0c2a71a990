"""What each thing that goes wrong does to an instruction. Pure."""

from __future__ import annotations

from decimal import Decimal

from backoffice.connectors.simulator.script import Fault
from backoffice.connectors.simulator.terms import NEVER, Instructed

# What the other side gets wrong: the reason that is told, and in how many cycles it is mended.
UNMATCHED = {
    Fault.LATE_MATCH: ("CMIS", 1), Fault.CENT: ("DMON", 1), Fault.WRONG_SSI: ("SAFE", NEVER),
}  # fmt: skip
CENT, COMMISSION = Decimal("0.01"), Decimal("25.00")


def charged(each: Instructed, fault: Fault | None) -> None:
    """Settle half of it first, pay less than was asked for, or take a commission for it."""
    if fault is Fault.PARTIAL and each.partial_allowed and each.left > 1:
        each.most = each.left // 2
    elif fault is Fault.PAID_A_CENT_LESS:
        each.amount_left -= CENT
    elif fault is Fault.UNTOLD_FEE:
        each.fee = COMMISSION
