"""What can go wrong, by name."""

from __future__ import annotations

from decimal import Decimal

CENT = Decimal("0.01")
LATE_DAYS = 2  # of a value date
# Of lines: a bank booked something else than what happened.
LINE_KINDS = (
    "cent", "offsetting", "missing_line", "extra_line", "twin", "wrong_sign", "other_account",
    "late_value", "wrong_owner",
)  # fmt: skip
# Of whole statements of cash: each takes one for itself.
FILE_KINDS = (
    "missing_statement", "wrong_closing", "broken_opening", "duplicate_file", "cut_off",
    "malformed_line",
)  # fmt: skip
HOLDING_KINDS = ("holding_off", "missing_position", "holding_owner")
KINDS = (*LINE_KINDS, *FILE_KINDS, *HOLDING_KINDS)
