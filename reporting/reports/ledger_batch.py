"""Entries for the firm's bookkeeping: by the accounts of its plan, what was booked and what all of it became worth.

A batch goes on where the one before it ended: it has the entries that are effective by its day and were not known, or
not effective, when the one before was made. So nothing is told twice, and what was booked late or reversed comes with
the next. What every account is worth is told as its change: all batches together are the trial balance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.events.selectors import KnownAt, known_at
from ledger.accounting.chart import Line
from ledger.accounting.plan import PLAN, Measure, Plan, name_of_account, name_of_figure
from ledger.models import LedgerAccount, Posting
from ledger.state import AccountKind
from refdata.dated_rules.rows import NoRuleInForce, rules_as_known
from refdata.models import Entity
from reporting.reports.base import Column, Known, Parameter, Query, Report, Section, read, reference
from reporting.reports.general_journal import POSTINGS
from reporting.reports.stated import entities
from settlements.accounting.statements import statements_of

# What an asset counts, as SQL: `plan.Measure`.
_MEASURE = """CASE WHEN s.code = n.base_currency THEN 'BASE' WHEN s.kind = 'CURRENCY' THEN 'FOREIGN'
            WHEN i.kind = 'BOND' THEN 'DEBT' ELSE 'EQUITY' END"""
_ASSETS = f"""
SELECT s.id, coalesce(i.isin, s.code), {_MEASURE}
  FROM refdata_asset s
  JOIN refdata_entity n ON n.id = %s
  LEFT JOIN refdata_instrument i ON i.asset_id = s.id
 WHERE s.id = ANY(%s::bigint[])
"""  # noqa: S608
_ENTRIES = f"""
SELECT 'entries', n.code, 'E-' || e.id, e.effective_date, {reference("e.source_type", "e.source_id")}, e.kind,
       debit.code, credit.code, coalesce(i.isin, s.code), trim_scale(p.quantity), od.code, oc.code,
       'E-' || e.reverses_id, nullif(e.reason, ''), NULL, NULL, NULL, n.base_currency
{POSTINGS}  JOIN unnest(%(kinds)s::text[], %(ours)s::boolean[], %(measures)s::text[], %(codes)s::text[])
    AS debit(kind, ours, measure, code)
    ON debit.kind = d.kind AND debit.ours = (d.owner_id = n.own_party_id) AND debit.measure = {_MEASURE}
  JOIN unnest(%(kinds)s::text[], %(ours)s::boolean[], %(measures)s::text[], %(codes)s::text[])
    AS credit(kind, ours, measure, code)
    ON credit.kind = c.kind AND credit.ours = (c.owner_id = n.own_party_id) AND credit.measure = {_MEASURE}
 WHERE e.entity_id = %(entity)s AND e.effective_date <= %(day)s AND e.recorded_tx < %(horizon)s
   AND (%(after_day)s::date IS NULL OR e.effective_date > %(after_day)s OR e.recorded_tx >= %(after_horizon)s)
 ORDER BY e.id, p.id
"""
_CHANGES = """
SELECT 'changes', %(entity)s::text, NULL, NULL, NULL, NULL, NULL, NULL, g.asset, NULL, NULL, NULL, NULL, NULL,
       g.code, g.line, g.amount, %(currency)s::text
  FROM unnest(%(codes)s::text[], %(lines)s::text[], %(assets)s::text[], %(amounts)s::numeric[])
    WITH ORDINALITY AS g(code, line, asset, amount, number)
 ORDER BY g.number
"""


class Point(NamedTuple):
    """The end of a day, as known at a watermark."""

    day: date
    known: KnownAt


def points_of(parameters: Mapping[str, Any], known: Known) -> tuple[Point, Point | None]:
    """Until when a batch has what there is, and after which point; None: from the beginning."""
    until = Point(parameters["business_date"], known.mark)
    if "after_date" not in parameters:
        return until, None
    at = parameters.get("after_known")
    mark = known_at(datetime.fromisoformat(at)) if at else known.mark
    return until, Point(parameters["after_date"], mark)


def rows(parameters: Mapping[str, Any], known: Known) -> list[Query]:
    """Raises NoRuleInForce where the plan is not in force, NoRateToValue."""
    until, after = points_of(parameters, known)
    whose = entities(known)
    return [
        *(_entries(entity, parameters["plan"], until, after) for entity in whose),
        *(_changes(entity, parameters["plan"], until, after) for entity in whose),
    ]


def plan_of(entity: Entity, key: str, point: Point) -> Plan:
    """The entity's own plan, else that of firms of its kind. Raises NoRuleInForce."""
    plans = rules_as_known(point.known.horizon).by_key(PLAN, point.day)
    plan = plans.get(entity.code, plans.get(key))
    if plan is None:
        raise NoRuleInForce(kind=PLAN.name, key=key, day=point.day.isoformat())
    return plan


def _entries(entity: Entity, key: str, until: Point, after: Point | None) -> Query:
    plan = plan_of(entity, key, until)
    _require_named(entity, plan, until.known)
    coded = [
        (kind.value, is_ours, measure.value, plan.code(name_of_account(kind, measure, is_ours=is_ours), measure))
        for kind in AccountKind if kind not in plan.lacks for is_ours in (True, False) for measure in Measure
    ]  # fmt: skip
    kinds, ours, measures, codes = (list(each) for each in zip(*coded, strict=True))
    return read(_ENTRIES, {
        "entity": entity.pk, "day": until.day, "horizon": until.known.horizon,
        "after_day": after and after.day, "after_horizon": after and after.known.horizon,
        "kinds": kinds, "ours": ours, "measures": measures, "codes": codes,
    })  # fmt: skip


def _require_named(entity: Entity, plan: Plan, known: KnownAt) -> None:
    """Raises PlanLacks where something was booked on an account that the plan does not name."""
    rows = LedgerAccount.objects.filter(entity=entity, kind__in=plan.lacks)
    for account in rows.order_by("pk"):
        sides = Q(debit_account=account) | Q(credit_account=account)
        if Posting.objects.filter(sides, recorded_tx__lt=known.horizon).exists():
            plan.code(account.kind, Measure.BASE)


Worth = dict[tuple[str, Line, str], Decimal]


def _changes(entity: Entity, key: str, until: Point, after: Point | None) -> Query:
    found = defaultdict(Decimal, worth_by_code(entity, key, until))
    if after is not None:
        for what, amount in worth_by_code(entity, key, after).items():
            found[what] -= amount
    order = {line: number for number, line in enumerate(Line)}
    changed = sorted(
        (what for what, amount in found.items() if amount),
        key=lambda what: (what[0], order[what[1]], what[2]),
    )
    return read(_CHANGES, {
        "entity": entity.code, "currency": entity.base_currency,
        "codes": [code for code, _line, _asset in changed],
        "lines": [line.value for _code, line, _asset in changed],
        "assets": [asset or None for _code, _line, asset in changed],
        "amounts": [found[what] for what in changed],
    })  # fmt: skip


def worth_by_code(entity: Entity, key: str, point: Point) -> Worth:
    """What stands on each account of the plan by line and asset, in base currency, debits above zero."""
    plan = plan_of(entity, key, point)
    figures = statements_of(entity, point.day, known=point.known).figures
    kinds: dict[int | None, str] = dict(
        LedgerAccount.objects.filter(pk__in={f.account_id for f in figures}).values_list(
            "pk", "kind"
        )
    )
    assets = _measured(entity, {f.asset_id for f in figures})
    found: defaultdict[tuple[str, Line, str], Decimal] = defaultdict(Decimal)
    for each in figures:
        kind = kinds.get(each.account_id)
        name = name_of_figure(each.line, AccountKind(kind) if kind else None)
        asset, measure = assets.get(each.asset_id, ("", Measure.BASE))
        found[plan.code(name, measure), each.line, asset] += each.amount
    return {what: amount for what, amount in found.items() if amount}


def _measured(entity: Entity, ids: Collection[int | None]) -> dict[int | None, tuple[str, Measure]]:
    """What assets are called, and what they count in the books of an entity."""
    with connection.cursor() as cursor:
        cursor.execute(_ASSETS, [entity.pk, [id for id in ids if id]])
        return {id: (code, Measure(measure)) for id, code, measure in cursor.fetchall()}


REPORT = Report(
    name="ledger-batch",
    title=_("Entries for bookkeeping"),
    purpose=_(
        "By the accounts of the firm's plan of accounts: every entry effective by a day that was not there by the end"
        " of an earlier one, and by how much what stands on each account changed since then in base currency."
    ),
    parameters=(
        Parameter("business_date", _("Business date")),
        Parameter("plan", _("Plan of accounts"), "choice", {key: key for key in PLAN.keys}),
        Parameter("after_date", _("After the end of"), required=False),
        Parameter("after_known", _("As was known then at"), "moment", required=False),
    ),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("entry", _("Entry")),
        Column("effective_date", _("Effective date"), "date"),
        Column("source", _("Source")),
        Column("kind", _("Kind"), printed=False),
        Column("debit", _("Debit")),
        Column("credit", _("Credit")),
        Column("asset", _("Asset"), names="asset"),
        Column("quantity", _("Amount"), "money", currency="asset", sums=True),
        Column("debit_owner", _("Owner of the debit"), names="party"),
        Column("credit_owner", _("Owner of the credit"), names="party"),
        Column("reverses", _("Reverses")),
        Column("reason", _("Reason"), printed=False),
        Column("account", _("Account")),
        Column("line", _("Line"), labels=dict(Line.choices)),
        Column("change", _("Change, below zero credit"), "money", currency="currency", sums=True),
        Column("currency", _("Currency")),
    ),
    sections=(
        Section("entries", _("Entries"), (
            "entity", "entry", "effective_date", "source", "kind", "debit", "credit", "asset", "quantity",
            "debit_owner", "credit_owner", "reverses", "reason")),
        Section("changes", _("What stands on the accounts changed by"), (
            "entity", "account", "line", "asset", "change", "currency")),
    ),
    rows=rows,
)  # fmt: skip
