"""The words of what is decided about limits: what happened, what waits, and why."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "breach.open": _("Limit exceeded"),
    "breach.explain": _("Breach explained"),
    "breach.accept": _("Breach accepted by an override"),
    "breach.cure": _("Nothing is beyond the limit any more"),
    "override.propose": _("Override proposed"),
    "override.approve": _("Override approved"),
    "override.activate": _("Override in force"),
    "override.expire": _("Override ended"),
    "override.decline": _("Override declined"),
    "override.withdraw": _("Override withdrawn"),
    "cap.propose": _("New cap proposed"),
    "cap.approve": _("New cap approved"),
    "cap.apply": _("New cap in force"),
    "cap.supersede": _("Cap replaced"),
    "cap.decline": _("New cap declined"),
    "cap.withdraw": _("New cap withdrawn"),
    "opening.propose": _("New limit proposed"),
    "opening.approve": _("New limit approved"),
    "opening.apply": _("The limit is there"),
    "opening.lapse": _("There is such a limit meanwhile"),
    "opening.decline": _("New limit declined"),
    "opening.withdraw": _("New limit withdrawn"),
    "closing.propose": _("Its end proposed"),
    "closing.approve": _("Its end approved"),
    "closing.apply": _("The limit is closed"),
    "closing.lapse": _("It was closed already"),
    "closing.decline": _("Its end declined"),
    "closing.withdraw": _("Its end withdrawn"),
}
ITEM_TITLES: dict[str, Any] = {
    "breach": _("A limit is exceeded"),
    "override": _("An override waits for other eyes"),
    "cap": _("A new cap waits for other eyes"),
    "opening": _("A new limit waits for other eyes"),
    "closing": _("The end of a limit waits for other eyes"),
}
NEXT_STEPS: dict[str, Any] = {
    "breach": _("Decide about the breach"),
    "override": _("Decide about the override"),
    "cap": _("Decide about the cap"),
    "opening": _("Decide about the new limit"),
    "closing": _("Decide about the end of the limit"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "opening.approve": (
        _("A colleague would limit this; other eyes agree to the amount."),
        _("Until then nothing caps it."),
    ),
}
