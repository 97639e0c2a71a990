"""The clearing house of the demonstration, and its figures: one equal to ours, one that lacks a deal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from backoffice.access.models import User
from backoffice.demonstration.instructions import HOUSE
from backoffice.kernel.decimals import plain
from settlements.clearing.models import ClearingFigure, FigureSource, NetObligation
from settlements.clearing.receiving import receive_figures
from settlements.clearing.selectors import flows_of
from settlements.clearing.terms import Told, take_figure

CLEARING_ACCOUNT = "MB01"


def load_figures(clerk: User, *, at: datetime) -> None:
    """What its report says of the securities; of money it has said nothing yet. A second run sends nothing."""
    if ClearingFigure.objects.exists():
        return
    told = [take_figure(each, actor=clerk) for each in _told()]
    receive_figures(told, source=FigureSource.FILE, actor=clerk, at=at)


def _told() -> Iterator[Told]:
    rows = NetObligation.objects.filter(counterparty__code=HOUSE, asset__kind="SECURITY")
    for number, row in enumerate(rows.select_related("entity", "asset").order_by("id")):
        last = flows_of(row).last()
        lacking = last.flow.quantity if number and last else 0
        sign = -1 if last and last.flow.direction == "RECEIVE" else 1
        yield Told(
            entity=row.entity.code, ccp=HOUSE, account=row.account, asset=row.asset.code,
            due_date=row.due_date.isoformat(), quantity=plain(row.quantity + sign * lacking),
            document="Clearing report 1",
        )  # fmt: skip
