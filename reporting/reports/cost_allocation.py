"""Costs by desk and deal: what centres cost in a month, shared out step by step by the keys in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from expenses.allocating.rules import Target
from expenses.allocating.selectors import BOOK, CENTRE, Allocated, allocated
from expenses.centres import CostCentre
from refdata.models import Book, Entity
from reporting.reports.base import Column, Known, Parameter, Picture, Report, Row, Section
from reporting.reports.stated import entities, row_of


def rows(parameters: Mapping[str, Any], known: Known) -> Iterator[Row]:
    month: date = parameters["spent_until"].replace(day=1)
    found = [
        (entity, allocated(entity, month, horizon=known.horizon)) for entity in entities(known)
    ]
    for section in (_desks, _left, _steps):
        for entity, each in found:
            yield from section(entity, each)


def _desks(entity: Entity, found: Allocated) -> Iterator[Row]:
    for desk in found.desks:
        per_deal = None if desk.per_deal is None else f"{desk.per_deal:f}"
        yield row_of(
            REPORT, "desks", entity, target=desk.book.code, amount=f"{desk.amount:f}",
            deals=str(desk.deals), per_deal=per_deal,
        )  # fmt: skip


def _left(entity: Entity, found: Allocated) -> Iterator[Row]:
    for centre, amount in found.left:
        yield row_of(
            REPORT, "left", entity, centre=centre.code if centre else None, amount=f"{amount:f}"
        )


def _steps(entity: Entity, found: Allocated) -> Iterator[Row]:
    """Who gave how much to whom, in the order of the steps."""
    names: dict[Target, str] = {
        **{(CENTRE, id): code for id, code in
           CostCentre.objects.filter(entity=entity).values_list("pk", "code")},
        **{(BOOK, id): code for id, code in Book.objects.filter(entity=entity).values_list("pk", "code")},
    }  # fmt: skip
    bases = {(CENTRE, key.centre_id): key for key in found.keys}
    for move in found.shared.moves:
        key = bases.get(move.centre)
        yield row_of(
            REPORT, "steps", entity, centre=names[move.centre], key=str(key) if key else None,
            target=names[move.target], weight=f"{move.weight:f}", amount=f"{move.amount:f}",
        )  # fmt: skip


REPORT = Report(
    name="cost-allocation",
    title=_("Costs by desk and deal"),
    purpose=_(
        "What the cost centres of the firm cost in a month, shared out to desks step by step by the keys in force: what"
        " each desk bears, what a deal of it costs, what stayed with a centre, and every step."
    ),
    parameters=(Parameter("spent_until", _("Spent until")),),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("centre", _("Cost centre")),
        Column("key", _("Key")),
        Column("target", _("To whom")),
        Column("weight", _("Weight"), "quantity"),
        Column("amount", _("Amount"), "money", currency="currency", sums=True),
        Column("deals", _("Deals"), "count", sums=True),
        Column("per_deal", _("Cost of a deal"), "money", currency="currency"),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("desks", _("By desk"), ("entity", "target", "amount", "deals", "per_deal", "currency")),
        Section("left", _("Not shared out"), ("entity", "centre", "amount", "currency")),
        Section("steps", _("Step by step"), (
            "entity", "centre", "key", "target", "weight", "amount", "currency")),
    ),
    pictures=(Picture("desks", "target", "amount"),),
    rows=rows,
)  # fmt: skip
