"""Which rows of reference data are changed by two people, and what each needs beyond its own rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, Model
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.errors import Broken
from refdata import models
from refdata.agreements.services import check_agreement
from refdata.bonds import is_complete, lay_out, planned
from refdata.custody import services as custody
from refdata.fees import wrong_steps
from refdata.models.individuals import check_individual
from refdata.price_order import MANUAL
from refdata.price_ranges import CALCULATED
from refdata.values import NATURAL, fields_of


@dataclass(frozen=True, slots=True)
class Proposable:
    """A kind of row: `check` refuses with ValidationError, `then` follows what was written.

    A row that is not `split` has days of validity of its own, which change as everything else does.
    """

    model: type[Model]
    check: Callable[[Any], None] | None = None
    then: Callable[[Any], object] | None = None
    split: bool = True

    @property
    def dated(self) -> bool:
        """Whether a change from a day on leaves the row until then, and adds another."""
        return self.split and {"valid_from", "valid_until"} <= set(fields_of(self.model))


PROPOSABLE: dict[str, Proposable] = {}


def register(
    model: type[Model],
    *,
    check: Callable[[Any], None] | None = None,
    then: Callable[[Any], object] | None = None,
    split: bool = True,
) -> None:
    """Let rows of a model be changed by two people; apps to the right add theirs when they are ready."""
    for field in fields_of(model).values():
        if isinstance(field, ForeignKey) and field.related_model._meta.model_name not in NATURAL:
            raise Broken(f"{model.__name__}.{field.name} names what has no code")
    PROPOSABLE[str(model._meta.model_name)] = Proposable(model, check, then, split)


def _check_terms(terms: models.BondTerms) -> None:
    """Refuses terms that describe no schedule, with the reason."""
    if is_complete(terms.instrument, terms):
        try:
            planned(terms.instrument, terms)
        except ValueError as error:
            raise ValidationError(str(error)) from None


PRICE_KINDS = ("CLOSE", CALCULATED)


def check_price(row: models.Price) -> None:
    """Refuses a price of a source that people do not speak for, or of a kind or a currency that is not known."""
    if row.source != MANUAL:
        text = _("What people propose is of the source %(source)s.") % {"source": MANUAL}
        raise ValidationError({"source": ValidationError(text, "not-manual")})
    if row.kind not in PRICE_KINDS:
        text = _("A price by hand is of the kind %(kinds)s.") % {"kinds": ", ".join(PRICE_KINDS)}
        raise ValidationError({"kind": ValidationError(text, "unknown-kind")})
    if not models.Currency.objects.filter(code=row.currency).exists():
        unknown = _("No currency is known as %(names)s.") % {"names": row.currency}
        raise ValidationError({"currency": ValidationError(unknown, "unknown-currency")})


def check_zone(row: Any) -> None:
    """Refuses a time zone that is none: every process would fail to read the reference data."""
    try:
        ZoneInfo(row.timezone)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise ValidationError({"timezone": _("Nothing of that name is known.")}) from None


def check_fee(row: models.FeeSchedule) -> None:
    """Refuses tiers and rebates that are no steps, and who pays or in which currency where that is nobody or none."""
    steps = (
        ("tier_from", row.tier_from, row.tier_rates),
        ("rebate_from", row.rebate_from, row.rebate_shares),
    )
    for name, begins, values in steps:
        if wrong_steps(begins, values):
            text = _("As many borders as there are values for them, above zero and ascending.")
            raise ValidationError({name: ValidationError(text, "no-steps")})
    if any(share > 1 for share in row.rebate_shares):
        text = _("No more is given back than was taken: 0.1 is a tenth.")
        raise ValidationError({"rebate_shares": ValidationError(text, "too-much")})
    if row.payer not in ("US", "COUNTERPARTY", "CLIENT"):
        text = _("US, COUNTERPARTY or CLIENT pays.")
        raise ValidationError({"payer": ValidationError(text, "unknown")})
    if not models.Currency.objects.filter(code=row.currency).exists():
        unknown = _("No currency is known as %(names)s.") % {"names": row.currency}
        raise ValidationError({"currency": ValidationError(unknown, "unknown-currency")})


for _model in (
    models.PartyGroup, models.Party, models.PartyIdentifier,
    models.PartyContact, models.Entity, models.Book,
    models.BookScope, models.Asset, models.Instrument, models.InstrumentIdentifier,
    models.CalendarDay, models.SettlementCycle, models.CurrencyCalendar,
    models.CurrencyPair, models.Source, models.Place, models.Market,
    models.Bank, models.LegalEntity,
    models.ListedSecurity, models.ListedCompany, models.StatedPosition,
):  # fmt: skip
    register(_model)
register(models.FeeSchedule, check=check_fee)
register(models.Price, check=check_price)
register(models.Agreement, check=check_agreement, split=False)
register(models.NostroAccount, check=custody.check_account)
register(models.DepositoryAccount, check=custody.check_account)
# What these say stays; their end is written into them.
register(models.AccountMember, check=custody.check_member, split=False)
register(models.UseRight, check=custody.check_use_right, split=False)
register(models.Restriction, check=custody.check_restriction, split=False)
register(models.CreditLine, check=custody.check_credit_line, split=False)
register(models.Earmark, split=False)
register(models.Calendar, check=check_zone)
register(models.IndividualDetails, check=check_individual)
register(models.BondTerms, check=_check_terms, then=lambda terms: lay_out(terms.instrument, terms))
