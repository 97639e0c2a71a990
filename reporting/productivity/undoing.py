"""What says that work was done for nothing: events about what an item was about, by the kind of the item.

Most of it needs no table: an item of the same kind about the same thing is opened again. So a break whose remedy other
eyes declined or whose match was undone, a confirmation whose deal was sent back after it was confirmed, a hit whose
clearing was declined, an open point that recurs. The events here are steps after which no such item comes
again, or comes to somebody else. What the market brings later is none of them: an amended deal, a fail of the
counterparty, an instruction that its owner revokes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

UNDOES: Mapping[str, Sequence[str]] = {
    "sign-off": ("businessday.approve_reopen", "businessday.reopen_with"),
    "period-sign-off": ("businessperiod.reopen",),
    "break-remedy": ("break.recur",),  # accepted and booked, and the difference is there again
    "penalty-appealed": ("penaltybreak.reopen",),
    "fee-appealed": ("feebreak.reopen",),
    "netting-agree": ("nettingset.reopen",),
    "screening-clearing": ("screeninghit.confirm",),  # cleared, and it was the one on the list
    "payroll-journal": ("payrolljournal.reverse",),
}
