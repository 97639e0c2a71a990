"""The words of pay: steps of journals and of files of salaries, and why they wait for somebody."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

TITLES: dict[str, Any] = {
    "payrolljournal.receive": _("Payroll journal brought"),
    "payrolljournal.accept": _("Accepted and booked"),
    "payrolljournal.decline": _("Declined"),
    "payrolljournal.reverse": _("Reversed by its correction"),
    "payfile.prepare": _("File of salaries written"),
    "payfile.release": pgettext_lazy("payroll", "Let out to the bank"),
    "payfile.drop": pgettext_lazy("payroll", "Dropped"),
}
WHY: dict[str, Any] = {
    "payroll-journal": _("A payroll journal was brought; other eyes accept it before it is booked"),
    "pay-file": _("A file of salaries was written; other eyes let it out"),
}
KINDS: dict[str, Any] = {
    "payroll-journal": _("A payroll journal waits to be accepted"),
    "pay-file": _("A file of salaries waits to be let out"),
}
DOES: dict[str, Any] = {
    "payroll-journal": _(
        "Look at its totals and at what is odd about its tax, then accept or decline it"
    ),
    "pay-file": _("Compare its total with the journal, then let it out"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "payrolljournal.accept": (
        _("A colleague brought it; other eyes compare it with what the payroll says."),
        _("Until then nothing of it is booked, and nobody is paid by it."),
    ),
    "payfile.release": (
        _("A colleague wrote it; its total is that of the journal."),
        _("Until then nobody can take it to the bank."),
    ),
}
