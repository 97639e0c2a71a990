"""What happened to deals and settlements that were amended, cancelled or allocated, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

CHANGED: dict[str, Any] = {
    "deal.amend": _("Amended"),
    "deal.allocate": _("Allocated"),
    "deal.group": _("Grouped into a block"),
    "deal.annotate": _("Details amended"),
    "deal.request_cancel": _("Cancellation requested"),
    "deal.agree_cancel": _("The counterparty agrees to cancel"),
    "deal.approve_cancel": _("Cancellation approved"),
    "deal.deny_cancel": _("Cancellation denied"),
    "deal.withdraw_cancel": _("Request to cancel taken back"),
    "deal.reinstruct": _("Settlements cancelled, to be prepared anew"),
    "settlement.request_cancel": _("The place is asked to cancel it"),
    "settlement.agree_cancel": _("Cancelled"),
    "settlement.deny_cancel": _("The place does not cancel it"),
}
