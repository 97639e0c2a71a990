"""Why the result changed between two evenings, driver by driver, down to the account and the asset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from backoffice.events.selectors import KnownAt, NothingKnownThen, known_at
from ledger.accounting.attribution import Driver, Part, attributed, by_driver
from ledger.state import AccountKind
from refdata.firm_days import FIRM_ZONE
from refdata.models import Entity
from reporting.reports.base import Column, Known, Parameter, Report, Row, Section
from reporting.reports.stated import NONE, Account, accounts_of, assets_of, entities, row_of


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    eve, last = parameters["earned_from"] - timedelta(days=1), parameters["earned_until"]
    then = known_on(eve, known)
    found = [
        (each, named(attributed(each, eve, last, known=known.mark, then=then)))
        for each in entities(known)
    ]
    for section in (_drivers, _books, _figures):
        for entity, parts in found:
            yield from section(entity, parts)


class Named(NamedTuple):
    part: Part
    account: Account
    asset: str | None


def named(parts: Sequence[Part]) -> list[Named]:
    accounts = accounts_of({each.account_id for each in parts})
    assets = assets_of({each.asset_id for each in parts})
    return [
        Named(each, accounts.get(each.account_id, NONE), assets.get(each.asset_id))
        for each in parts
    ]


def known_on(eve: date, known: Known) -> KnownAt | None:
    """What was known when the firm's day ended, never more than the run knows; None before anything was."""
    midnight = datetime.combine(eve + timedelta(days=1), time(0), FIRM_ZONE)
    try:
        then = known_at(midnight)
    except NothingKnownThen:
        return None
    return then if then.horizon < known.horizon else known.mark


def _drivers(entity: Entity, parts: Sequence[Named]) -> Iterator[Row]:
    for driver, amount in by_driver(each.part for each in parts).items():
        yield row_of(REPORT, "drivers", entity, driver=driver.value, changed=f"{amount:f}")


def _books(entity: Entity, parts: Sequence[Named]) -> Iterator[Row]:
    sums: defaultdict[tuple[str, Driver], Decimal] = defaultdict(Decimal)
    for part, account, _asset in parts:
        sums[account.book or "", part.driver] += part.amount
    order = {driver: number for number, driver in enumerate(Driver)}
    for book, driver in sorted(sums, key=lambda key: (key[0], order[key[1]])):
        if amount := sums[book, driver]:
            yield row_of(
                REPORT, "books", entity, book=book or None, driver=driver.value, changed=f"{amount:f}"
            )  # fmt: skip


def _figures(entity: Entity, parts: Sequence[Named]) -> Iterator[Row]:
    for part, account, asset in parts:
        yield row_of(
            REPORT, "figures", entity, driver=part.driver.value, book=account.book, kind=account.kind,
            asset=asset, counterparty=account.counterparty, account=account.number,
            changed=f"{part.amount:f}",
        )  # fmt: skip


REPORT = Report(
    name="result-attribution",
    title=_("Why the result changed"),
    purpose=_(
        "What new deals, prices, exchange rates, interest and fees brought between two dates, and what was corrected of"
        " the days before; all of it is the change of the result. By driver, by book, and by account and asset."
    ),
    parameters=(
        Parameter("earned_from", _("Earned from")),
        Parameter("earned_until", _("Earned until")),
    ),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("book", _("Book")),
        Column("driver", _("Driver"), labels=dict(Driver.choices)),
        Column("kind", _("Account"), labels=dict(AccountKind.choices)),
        Column("asset", _("Asset"), names="asset"),
        Column("counterparty", _("Counterparty"), names="party"),
        Column("changed", _("Change of the result"), "money", currency="currency", sums=True),
        Column("account", _("Number"), printed=False),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("drivers", _("Drivers"), ("entity", "driver", "changed", "currency")),
        Section("books", _("By book"), ("entity", "book", "driver", "changed", "currency")),
        Section("figures", _("Accounts"), (
            "entity", "book", "driver", "kind", "asset", "counterparty", "changed", "account", "currency")),
    ),
    rows=rows,
)  # fmt: skip
