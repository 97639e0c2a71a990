"""The steps that close a month or a year: every day signed off, handed over and in agreement, reported, sealed."""

from __future__ import annotations

from backoffice.events.sequencer import sequence_events
from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.night_steps import Asked, Look, at_the_end, over, reports_done
from ledger.models import BusinessPeriod, Night
from ledger.periods import first_unsigned, seal_period
from ledger.state import NightState, PeriodKind, PeriodState, Stage
from refdata.selectors import reference_data
from reporting.handover.agreeing import apart, batches_of
from reporting.handover.state import BatchState
from settlements.ndfl.models import TaxYear
from settlements.ndfl.state import TaxYearState


class BatchesApart(Conflict):
    code = "batches-apart"
    title = gettext_noop("The bookkeeping was told otherwise than the trial balance says")
    detail = gettext_noop(
        "%(entity)s, %(period)s: account %(account)s %(asset)s, told %(told)s, changed by %(changed)s."
    )
    hint = gettext_noop(
        "Prove the batches of the period one by one; the one that fails says which rows differ."
    )


def period_of(look: Look) -> BusinessPeriod:
    """The month or year that a night closes."""
    return BusinessPeriod.objects.select_related("entity").get(
        entity_id=look.day.entity_id, kind=look.night.stage,
        first_day__lte=look.day.day, last_day__gte=look.day.day,
    )  # fmt: skip


def days_signed_off(look: Look) -> bool:
    """Wait until every day of the period is signed off, and what follows its sign-off is done."""
    period = period_of(look)
    under_way = Night.objects.filter(
        day__entity_id=period.entity_id, day__day__range=(period.first_day, period.last_day),
        stage=Stage.FINAL, state__in=(NightState.RUNNING, NightState.BROKEN),
    )  # fmt: skip
    if first_unsigned(period) is not None or under_way.exists():
        return False
    look.note(f"Every day of {period.name} is signed off.")
    return True


def months_signed_off(look: Look) -> bool:
    """Wait until every month of the year is signed off."""
    year = period_of(look)
    months = BusinessPeriod.objects.filter(
        entity_id=year.entity_id,
        kind=PeriodKind.MONTH,
        first_day__range=(year.first_day, year.last_day),
    )
    if months.exclude(state=PeriodState.SIGNED_OFF).exists():
        return False
    look.note(f"All months of {year.name} are signed off.", months=months.count())
    return True


def batches_agree(look: Look) -> bool:
    """Wait until the bookkeeping has taken every batch in, then hold them against the trial balance."""
    period = period_of(look)
    batches = batches_of(period.entity_id, period.first_day, period.last_day)
    if any(batch.state != BatchState.ACCEPTED for batch in batches):
        return False
    for each in apart(batches):
        raise BatchesApart(
            entity=period.entity.code, period=period.name, account=each.account, asset=each.asset,
            told=f"{each.told:f}", changed=f"{each.changed:f}",
        )  # fmt: skip
    look.note(f"{len(batches)} batches are in the bookkeeping, and agree.", batches=len(batches))
    return True


def tax_year_ended(look: Look) -> bool:
    """Wait until the tax of individuals is ended for the year, where the entity is their agent."""
    period = period_of(look)
    profile = reference_data().profiles.find(period.entity.code, period.last_day)
    if profile is None or not profile.withholds_ndfl:
        look.note("The entity is nobody's tax agent.")
        return True
    ended = TaxYear.objects.filter(
        entity_id=period.entity_id, year=period.last_day.year, state=TaxYearState.ENDED
    ).first()
    if ended is None:
        return False
    look.note(f"{ended} has ended {ended.year}.", tax_year=ended.pk)
    return True


_BOOKS = {
    "balance-sheet": at_the_end, "income-statement": over("earned"), "turnover-sheet": over("moved"),
    "general-journal": over("effective"), "realised-result": over("realised"), "vat-register": over("rendered"),
}  # fmt: skip
PERIOD_REPORTS: dict[Stage, Asked] = {
    Stage.MONTH: _BOOKS | {
        "fails": over("counted"), "limit-journal": over("happened"), "internal-registers": over("kept"),
    },
    Stage.YEAR: _BOOKS | {
        "profit-tax-register": over("realised"), "foreign-withholding": over("paid"),
        "ndfl-form": at_the_end, "ndfl-certificates": at_the_end,
    },
}  # fmt: skip


def period_reports(look: Look) -> bool:
    """The reports of the whole period; done when all of them are computed."""
    period = period_of(look)
    asked = PERIOD_REPORTS[Stage(look.night.stage)]
    return reports_done(look, asked, period.first_day, period.last_day)


def seal(look: Look) -> bool:
    """Seal the period under the last numbered event and its hash."""
    sequence_events()
    period = seal_period(period_id=period_of(look).pk, at=look.at)
    look.note(
        f"Sealed at event {period.sealed_number}, {period.sealed_hash}.",
        number=period.sealed_number,
    )
    return True


def signed_off(look: Look) -> bool:
    """Wait for the person who signs the period off."""
    return period_of(look).state == PeriodState.SIGNED_OFF
