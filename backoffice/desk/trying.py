"""The page on which a what-if is tried on the live queue: what comes in, is let go, delivered, borrowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.frame import frame_of
from backoffice.desk.inputs import Input, typed_day
from backoffice.desk.try_page import TryPage
from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import Refusal
from refdata.firm_days import firm_day
from refdata.selectors import reference_data
from settlements.trying.rules import Moved
from settlements.trying.services import Answer, Change, Try, what_if

QUEUE = (
    Input(name="business_date", title=_("Business date"), kind="date"),
    Input(name="entity", title=_("Entity"), offers="entities"),
)
MEMBERS: Mapping[Change, Sequence[Input]] = {
    Change.CASH: (
        Input(name="owner", title=_("Whose account"), offers="parties"),
        Input(name="place", title=_("Place"), offers="places"),
        Input(name="asset", title=_("Currency"), offers="currencies"),
        Input(name="quantity", title=_("Amount")),
    ),
    Change.RELEASE: (Input(name="settlement", title=_("Settlement")),),
    Change.DELIVERY: (
        Input(name="owner", title=_("Counterparty"), offers="parties"),
        Input(name="place", title=_("Place"), offers="places"),
        Input(name="asset", title=_("ISIN"), offers="instruments"),
        Input(name="quantity", title=_("Quantity (empty: all it owes)")),
    ),
    Change.BORROW: (
        Input(name="owner", title=_("Who borrows"), offers="parties"),
        Input(name="place", title=_("Place"), offers="places"),
        Input(name="asset", title=_("ISIN"), offers="instruments"),
        Input(name="quantity", title=_("Quantity")),
    ),
}


class TryQueue(TryPage):
    permission = "settlements.run_settlement"
    template_name = "settlements/what_if.html"
    whole, members = QUEUE, MEMBERS

    def start(self) -> Mapping[str, str]:
        return {"business_date": frame_of(self.user).day.day.isoformat()}

    def tried(self, typed: Mapping[str, str], kinds: Sequence[Change]) -> Answer:
        return what_if(
            [_change(kind, self.said(kind, typed)) for kind in kinds],
            business_date=typed_day(typed["business_date"]) or firm_day(timezone.now()), entity=typed["entity"],
            actor=self.user, at=timezone.now(),
        )  # fmt: skip

    def shown(self, answer: Answer) -> dict[str, Any]:
        return shown(answer)

    def lists(self) -> dict[str, list[tuple[str, str]]]:
        instruments = reference_data().instruments.values()
        return super().lists() | {
            "instruments": sorted({i.code: i.name for i in instruments}.items())
        }


def _change(kind: Change, members: dict[str, str]) -> Try:
    """What is typed of a kind; what is no number is below nought, which is refused beside its field."""
    quantity = members.pop("quantity", "")
    try:
        amount = parse(quantity, scale=8) if quantity else Decimal(0)
    except (ValueError, InvalidOperation, Refusal):
        amount = Decimal(-1)
    return Try(kind=kind, quantity=amount, **members)


def shown(answer: Answer) -> dict[str, Any]:
    """What would change, as the page shows it: only settlements that the person sees."""
    found = answer.tried

    def rows(moved: list[Moved]) -> list[tuple[Any, str]]:
        return [
            (answer.rows[each.settlement_id], _share(each))
            for each in moved
            if each.settlement_id in answer.rows
        ]

    return {
        "besides": rows(found.besides), "no_longer": rows(found.no_longer),
        "before": Decimal(found.worth_before) / 100, "after": Decimal(found.worth_after) / 100,
        "difference": found.difference,
    }  # fmt: skip


def _share(each: Moved) -> str:
    """How much of it settles, before and after, where it is not the whole."""
    if {each.before, each.after} <= {0, each.whole}:
        return ""
    return f"{each.before * 100 // each.whole} % → {each.after * 100 // each.whole} %"
