"""The words of batches for the bookkeeping: their steps, and why they wait for somebody."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "ledgerbatch.prepare": _("Batch for the bookkeeping prepared"),
    "ledgerbatch.hand_over": _("Batch handed over to the bookkeeping"),
    "ledgerbatch.accept": _("Batch taken in by the bookkeeping"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "ledgerbatch.hand_over": (
        _("The day is signed off; its entries and documents go to the bookkeeping as these files."),
        _("The books of the firm lack the day; what is wrong in it comes reversed in the next batch."),
    ),
    "ledgerbatch.accept": (
        _("Say the number of the document under which the bookkeeping took it in."),
        _("Until then nobody can tell whether the day is in the books of the firm."),
    ),
}  # fmt: skip
WHY: dict[str, Any] = {"ledger-batch": _("A signed-off day is to be in the books of the firm")}
KINDS: dict[str, Any] = {"ledger-batch": _("A batch waits for the bookkeeping")}
DOES: dict[str, Any] = {
    "ledger-batch": _("Load its files, say that it is handed over, then what it became there")
}
