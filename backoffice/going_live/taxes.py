"""What individuals earned and what was kept back of it this year: how it is written, and how it is read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from backoffice.events.selectors import NO_HORIZON
from backoffice.going_live.books import told
from backoffice.going_live.folder import Folder, Problems, Row
from backoffice.going_live.names import Names, unknown
from backoffice.kernel.i18n import gettext_noop
from ledger.models import NdflIncome, NdflWithholding
from ledger.ndfl.bases import OF_SECURITIES
from ledger.taking_on import OPENING
from settlements.ndfl.incomes import IncomeKind, payments_between

# Pay is told by journals of the payroll, which are brought again where books begin within a year.
OF_CLIENTS = tuple(kind for kind in IncomeKind if kind != IncomeKind.PAY)
_TAXES = """
SELECT e.code, o.code, w.year, w.day, w.source_type || ':' || w.source_id, w.payment, w.tax, w.before, w.withheld,
       w.transfer_by, w.bases
  FROM ledger_ndflwithholding w
  JOIN refdata_entity e ON e.id = w.entity_id
  JOIN refdata_party o ON o.id = w.taxpayer_id
 WHERE w.entity_id = ANY(%(entities)s) AND w.reverses_id IS NULL AND w.year >= %(year)s - 1
   AND w.source_type <> 'payrollline'
   AND NOT EXISTS (SELECT FROM ledger_ndflwithholding r WHERE r.reverses_id = w.id)
 ORDER BY w.id
"""


def told_taxes(entity_ids: Sequence[int], year: int) -> list[tuple[Any, ...]]:
    rows = told(_TAXES, entities=list(entity_ids), year=year)
    return [
        (*row[:-1], json.loads(row[-1]) if isinstance(row[-1], str) else row[-1]) for row in rows
    ]


def told_incomes(entity_ids: Sequence[int], day: date) -> list[tuple[Any, ...]]:
    """What was earned this year otherwise than by deals, which tell it themselves."""
    found = payments_between(
        date(day.year, 1, 1), day, horizon=NO_HORIZON, entity_ids=list(entity_ids)
    )
    return [
        (
            each.taxpayer.entity, each.taxpayer.owner, each.base, each.kind, each.day, each.income,
            each.costs, each.withheld, each.full_years, each.issuer or None,
        )
        for each in found
        if each.base is not None
    ]  # fmt: skip


@dataclass(slots=True)
class Taxes:
    withheld: list[NdflWithholding] = field(default_factory=list)
    incomes: list[NdflIncome] = field(default_factory=list)


def taxes_in(folder: Folder, names: Names, problems: Problems) -> Taxes:
    taxes = Taxes()
    before = NdflWithholding.objects.filter(source_type=OPENING).count()
    for number, row in enumerate(folder.tables["taxes.csv"], before + 1):
        who = _who(row, names, problems)
        if not 0 < row["withheld"] <= row["payment"] and not 0 > row["withheld"] >= row["payment"]:
            problems.add(
                *row.where, "not-of-payment",
                gettext_noop("%(withheld)s cannot have been kept back of %(payment)s."),
                gettext_noop("What is kept back is a part of the payment; below zero both are taken back."),
                withheld=str(row["withheld"]), payment=str(row["payment"]),
            )  # fmt: skip
        elif who is not None:
            columns = ("year", "day", "payment", "tax", "before", "withheld", "transfer_by")
            taxes.withheld.append(
                NdflWithholding(
                    **who, source_type=OPENING, source_id=number, bases=row["bases"] or {},
                    **{name: row[name] for name in columns},
                )
            )  # fmt: skip
    for row in folder.tables["incomes.csv"]:
        who = _who(row, names, problems)
        for column, known in (("base", OF_SECURITIES), ("kind", OF_CLIENTS)):
            if row[column] not in known:
                unknown(problems, row.where, row[column])
                who = None
        if row["costs"] < 0:
            problems.add(
                *row.where, "below-nothing", gettext_noop("Costs are not below zero."),
                gettext_noop("A loss is an income that is less than its costs."),
            )  # fmt: skip
        elif who is not None:
            columns = ("base", "kind", "day", "income", "costs", "withheld", "full_years")
            taxes.incomes.append(
                NdflIncome(
                    **who, issuer=row["issuer"] or "", **{name: row[name] for name in columns}
                )
            )
    return taxes


def _who(row: Row, names: Names, problems: Problems) -> dict[str, int] | None:
    entity = names.find(names.entities, row["entity"], row.where, problems)
    taxpayer = names.find(names.parties, row["taxpayer"], row.where, problems)
    if entity is None or taxpayer is None:
        return None
    return {"entity_id": entity, "taxpayer_id": taxpayer}
