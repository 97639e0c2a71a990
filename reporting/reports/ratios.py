"""Control ratios of a report: two figures that have to be equal, reckoned each by itself."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from reporting.reports.base import Cell, Column, Section
from reporting.reports.ndfl_register import kopecks

HOLDS = {"true": _("holds"), "false": _("does not hold")}
RATIOS = Section(
    "ratios", _("Control ratios"), ("entity", "ratio", "one", "other", "holds", "currency")
)


def ratio_columns(labels: Mapping[str, Any]) -> tuple[Column, Column, Column, Column]:
    """Which ratio, its two sides in `currency`, and whether it holds; `labels` by the name of the ratio."""
    return (
        Column("ratio", _("Control ratio"), labels=labels),
        Column("one", _("One side"), "money", currency="currency"),
        Column("other", _("Other side"), "money", currency="currency"),
        Column("holds", _("Result"), labels=HOLDS),
    )


def held(name: str, one: Decimal, other: Decimal) -> dict[str, Cell]:
    """The cells of a ratio of rubles and kopecks."""
    return {
        "ratio": name, "one": kopecks(one), "other": kopecks(other), "holds": str(one == other).lower(),
    }  # fmt: skip
