"""Pages on which the collateral of a repo is substituted, and on which it is closed early."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.changing import EVIDENCE, REASON, ChangePage
from backoffice.desk.inputs import Input
from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.amending.consequences import Act
from settlements.changing.repos import close_early, substitute_collateral, terms_now


class DayMissing(Invalid):
    code = "day-missing"
    title = gettext_noop("A day is missing")
    detail = gettext_noop("%(value)s is not a date.")
    hint = gettext_noop("Write it as 2026-11-24.")


def day_in(typed: Mapping[str, str], name: str) -> date:
    """The day that was typed. Raises DayMissing."""
    try:
        return date.fromisoformat(typed[name])
    except ValueError:
        problem = FieldProblem(
            f"/{name}", DayMissing.code, DayMissing.detail, DayMissing.hint,
            {"value": typed[name] or "–"},
        )  # fmt: skip
        raise DayMissing([problem], value=typed[name] or "–") from None


class SubstituteCollateral(ChangePage):
    permission = "deals.amend_deal"
    acts = (Act.SUBSTITUTE,)
    heading, button = _("Substitute collateral of"), _("Substitute the collateral")
    explanation = _(
        "On that day the old securities come back and the new ones go out, both free of payment and released"
        " together. Money and interest stay. Without an instrument a substitution of which nothing is"
        " settled is taken back."
    )

    def inputs(self, deal: Any) -> Sequence[Input]:
        return [
            Input(name="date", title=_("From the day"), kind="date"),
            Input(name="instrument", title=_("New instrument"), offers="instruments"),
            Input(name="quantity", title=_("Quantity")), REASON, EVIDENCE,
        ]  # fmt: skip

    def change(self, deal: Any, typed: Mapping[str, str]) -> None:
        substitute_collateral(
            id=deal.pk, on=day_in(typed, "date"), instrument=typed["instrument"][:64],
            quantity=typed["quantity"][:30], reason=typed["reason"][:500],
            evidence=typed["evidence"][:500], actor=self.user, at=timezone.now(),
        )  # fmt: skip


class CloseEarly(ChangePage):
    permission = "deals.amend_deal"
    acts = (Act.CLOSE_EARLY,)
    heading, button = _("Close early:"), _("Close the repo early")
    explanation = _("The second date is moved nearer, and interest is worked out to that day.")

    def inputs(self, deal: Any) -> Sequence[Input]:
        return [Input(name="far_date", title=_("New second date"), kind="date"), REASON, EVIDENCE]

    def start(self, deal: Any) -> Mapping[str, str]:
        return {"far_date": terms_now(deal)["far_date"]}

    def change(self, deal: Any, typed: Mapping[str, str]) -> None:
        close_early(
            id=deal.pk, far_date=day_in(typed, "far_date"), reason=typed["reason"][:500],
            evidence=typed["evidence"][:500], actor=self.user, at=timezone.now(),
        )  # fmt: skip
