"""Productivity in words: how long something took, what undid an item, and the columns of its tables and files."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.tables import Column
from backoffice.desk.words import ITEM_TITLES
from backoffice.desk.workload_words import written
from backoffice.templatetags import desk
from reporting.productivity.counting import Counted

MINUTE, HOUR, DAY = 60, 3_600, 86_400
OTHER_KINDS = _("Other kinds, of a few people each")


def lasted(seconds: float | None) -> str:
    """A length of time as people say it; nothing where it is not told."""
    if seconds is None:
        return ""
    if seconds < HOUR:
        return gettext("%(minutes)s min") % {"minutes": written(max(seconds / MINUTE, 1))}
    if seconds < DAY:
        return gettext("%(hours)s h %(minutes)s min") % {
            "hours": int(seconds // HOUR), "minutes": int(seconds % HOUR // MINUTE),
        }  # fmt: skip
    days = int(seconds // DAY)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def percent(share: Decimal | None, places: int = 0) -> str:
    """A share in percent, rounded down: what is not all is not said to be."""
    if share is None:
        return ""
    shown = (100 * share).quantize(Decimal(1).scaleb(-places), ROUND_FLOOR)
    return f"{written(shown, 0 if share == 1 else places)} %"


def kind_words(kind: str | None) -> Any:
    """A kind of work; of teams an empty one stands for several that too few people did."""
    return ITEM_TITLES.get(kind or "", kind) if kind else OTHER_KINDS


def why_reopened(item: Counted) -> str:
    """What undid it: an event by its words, or that an item like it came again."""
    if not item.reopened:
        return ""
    return str(desk.step_name(item.what)) if item.what else gettext("Came again")


def minutes(seconds: float | None) -> Decimal | None:
    """For files: a number that can be reckoned with, in minutes with a tenth."""
    return None if seconds is None else Decimal(f"{seconds / MINUTE:.1f}")


_COUNTS: Sequence[Column] = (
    Column(_("Done"), "done", "number"),
    Column(_("Reopened"), "reopened", "number"),
    Column(_("Quality"), "quality", "number", value=lambda line: round(line.quality, 4)),
    Column(_("With a deadline"), "due", "number"),
    Column(_("In time"), "inside", "number"),
    Column(_("Age when done, minutes"), "age", "number", value=lambda line: minutes(line.age)),
    Column(_("Oldest, minutes"), "oldest", "number", value=lambda line: minutes(line.oldest)),
)
_IN_HAND: Sequence[Column] = (
    Column(_("Measured"), "handled", "number"),
    Column(_("In hand, minutes"), "handling", "number", value=lambda line: minutes(line.handling)),
)
_KIND = Column(_("What"), "kind", write=lambda line: kind_words(line.kind))
OWN_FILE: Sequence[Column] = (_KIND, *_COUNTS, *_IN_HAND)
SHEET_FILE: Sequence[Column] = (_KIND, *_COUNTS)
TEAM_FILE: Sequence[Column] = (
    Column(_("Team"), "queue"), _KIND, Column(_("People"), "people", "number"), *_COUNTS, *_IN_HAND,
)  # fmt: skip
