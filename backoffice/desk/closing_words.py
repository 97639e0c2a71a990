"""The words of the close: business days, their nights and open points, months and years, opening again."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "businessday.close": _("Cut off"),
    "businessday.seal": _("Sealed"),
    "businessday.sign_off": _("Signed off"),
    "businessday.ask_reopen": _("Asked to be opened again"),
    "businessday.approve_reopen": _("Opened again"),
    "businessday.reopen_with": _("Opened again with a day before it"),
    "businessday.decline_reopen": _("Left closed"),
    "businessperiod.close": _("Over"),
    "businessperiod.seal": _("Sealed"),
    "businessperiod.sign_off": _("Signed off"),
    "businessperiod.reopen": _("Opened again with a day of it"),
    "night.begin": _("Night begun"),
    "night.break_off": _("Night broken off"),
    "night.restart": _("Night goes on"),
    "night.complete": _("Night completed"),
    "night.overtake": _("Night overtaken: its day is open again"),
    "nightstep.start": _("Step started"),
    "nightstep.complete": _("Step done"),
    "nightstep.break_off": _("Step broken off"),
    "nightstep.restart": _("Step restarted"),
    "openpoint.open": _("Open at the close"),
    "openpoint.explain": _("Explained"),
    "openpoint.vanish": _("No longer open"),
    "openpoint.recur": _("Open again"),
}
WHY: dict[str, Any] = {
    "open-points": _("FINAL waits until every open point is explained or gone"),
    "sign-off": _("The books of the day are sealed"),
    "period-sign-off": _("The month or year is sealed"),
}
ITEM_TITLES: dict[str, Any] = {
    "broken-night": _("The night was broken off"),
    "open-points": _("Open at the close"),
    "sign-off": _("A day waits to be signed off"),
    "period-sign-off": _("A month or year waits to be signed off"),
    "reopening": _("A closed day shall be opened again"),
}
NEXT_STEPS: dict[str, Any] = {
    "broken-night": _("Mend it and restart the step"),
    "open-points": _("Explain what is open"),
    "sign-off": _("Sign the day off"),
    "period-sign-off": _("Sign the period off"),
    "reopening": _("See what opens with it, and decide"),
}
