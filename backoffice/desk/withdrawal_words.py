"""The words of clients' withdrawals: their steps, and why they wait for somebody."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "withdrawal.propose": _("Withdrawal proposed"),
    "withdrawal.approve": _("Withdrawal approved: tax kept back, the rest goes out"),
    "withdrawal.decline": _("Withdrawal declined"),
    "withdrawal.pay": _("Withdrawal paid"),
    "withdrawal.take_back": _("Withdrawal taken back: its payment was cancelled"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "withdrawal.approve": (
        _("A colleague asks that a client's money goes out; other eyes compare the order and the account."),
        _("Until then the client waits for its money."),
    ),
}  # fmt: skip
WHY: dict[str, Any] = {
    "withdrawal": _("A client takes money out; the tax it owes is kept back first"),
    "withdrawal-came-back": _("The payment of a client's withdrawal was cancelled"),
}
KINDS: dict[str, Any] = {
    "withdrawal": _("A client's withdrawal waits for other eyes"),
    "withdrawal-came-back": _("A client's withdrawal was not paid"),
}
DOES: dict[str, Any] = {
    "withdrawal": _("Compare the client's order, then approve it or decline"),
    "withdrawal-came-back": _("Find out why, tell the client, and propose it anew where it is still wanted"),
}  # fmt: skip
