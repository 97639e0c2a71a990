"""What happened to settlements and their runs, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "scenario.keep": _("Scenario kept"),
    "settlement.prepare": _("Prepared"),
    "settlement.take_on": _("Taken on from another system"),
    "settlement.release": _("Released"),
    "settlement.reject": _("Sent back"),
    "settlement.repair": _("Repaired"),
    "settlement.enrich": _("Enriched again"),
    "settlement.match": _("Matched"),
    "settlement.unmatch": _("No longer matched"),
    "settlement.allege": _("Instructed by the other side only"),
    "settlement.hold": _("Held"),
    "settlement.unhold": _("Let go"),
    "settlement.release_part": _("A part let go"),
    "settlement.hold_theirs": _("Held by the other side"),
    "settlement.hold_csd": _("Held by the depository"),
    "settlement.unhold_outside": _("No longer held outside"),
    "settlement.send": _("Sent to the place"),
    "settlement.acknowledge": _("Acknowledged by the place"),
    "settlement.bounce": _("Rejected by the place"),
    "settlement.fail": _("Failed to settle in time"),
    "settlement.settle": _("Settled"),
    "settlement.settle_part": _("Settled in part"),
    "settlement.request_cancel": _("The place is asked to cancel it"),
    "settlement.agree_cancel": _("Cancelled"),
    "settlement.deny_cancel": _("The place does not cancel it"),
    "settlement.prioritise": _("Another priority"),
    "settlement.allow_parts": _("Other terms of parts"),
    "settlement.link": _("Linked"),
    "settlement.end_link": _("A link ended"),
    "settlement.exceed_limit": _("Stopped by a settlement-day limit"),
    "settlement.ask_cancel": _("The counterparty asks to cancel"),
    "settlement.lack_cover": _("The place moved what by our books is not there"),
    "settlementrun.request": _("Asked for"),
    "settlementrun.start": _("Started"),
    "settlementrun.complete": _("Completed"),
    "settlementrun.break_off": _("Broken off"),
    "settlementrun.drop_shard": _("Went on without a part that failed three times"),
}
