"""The documents of a batch as facts: what was issued, agreed, signed and booked by banks, and what was replaced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from ledger.state import AccountKind
from refdata.dated_rules.rows import RuleBook
from refdata.firm_days import FIRM_ZONE
from refdata.models import Entity
from reporting.reports.ledger_batch import Point
from reporting.reports.vat_register import by_rule

ZERO = Decimal(0)
NOTHING: Mapping[str, str] = MappingProxyType({})

# Of facts with `day` and `tx`: those of this batch.
_OF_BATCH = """
 WHERE x.day <= %(day)s AND x.tx < %(horizon)s
   AND (%(after_day)s::date IS NULL OR x.day > %(after_day)s OR x.tx >= %(after_horizon)s)
"""
# What we issued, once for all its languages: reference, day, tx, reversal, number, day of the document, party, and
# which accruals it has.
_SALES = f"""
SELECT x.* FROM (
  SELECT DISTINCT ON (d.series_id, d.serial) 'FI-' || d.subject_id, d.issued_on AS day, d.recorded_tx AS tx, false,
         d.number, d.issued_on, p.code, d.number, d.issued_on,
         ARRAY(SELECT l.accrual_id FROM expenses_feeinvoiceline l WHERE l.invoice_id = d.subject_id AND NOT l.given_up)
    FROM documents_document d
    JOIN refdata_party p ON p.id = d.party_id
   WHERE d.entity_id = %(entity)s AND d.kind = 'INVOICE' AND d.subject_type = 'feeinvoice'
   ORDER BY d.series_id, d.serial, d.id) x
{_OF_BATCH} ORDER BY x.tx, 1
"""  # noqa: S608
# Bills when they are agreed, with what was accrued for them by then; and reversed when another takes the place of one.
_PURCHASES = f"""
SELECT x.* FROM (
  SELECT 'FS-' || s.id, (v.recorded_at AT TIME ZONE %(firm_zone)s)::date AS day, v.tx, v.kind = 'feestatement.replace',
         'FS-' || s.id,
         least((s.month + interval '1 month - 1 day')::date, (g.recorded_at AT TIME ZONE %(firm_zone)s)::date),
         p.code, s.document, (s.month + interval '1 month - 1 day')::date,
         ARRAY(SELECT a.id FROM expenses_feeaccrual a
                WHERE a.entity_id = s.entity_id AND a.party_id = s.party_id AND a.due_month = s.month
                  AND a.side = 'OWED' AND a.recorded_tx < g.tx)
    FROM expenses_feestatement s
    JOIN refdata_party p ON p.id = s.party_id
    JOIN events_event g ON g.subject_type = 'feestatement' AND g.subject_id = s.id AND g.kind = 'feestatement.agree'
    JOIN events_event v ON v.subject_type = 'feestatement' AND v.subject_id = s.id
     AND (v.id = g.id OR v.kind = 'feestatement.replace' AND v.id > g.id)
   WHERE s.entity_id = %(entity)s) x
{_OF_BATCH} ORDER BY x.tx, 1
"""  # noqa: S608
# Acts when their signed copy is accepted, once for all languages; and reversed when a later one of the deal is.
_ACTS = f"""
WITH signed AS (
  SELECT DISTINCT ON (d.series_id, d.serial) d.id, d.subject_id, d.subject_version, d.number, d.issued_on, d.data,
         p.code, v.tx, (v.recorded_at AT TIME ZONE %(firm_zone)s)::date AS day
    FROM documents_document d
    JOIN refdata_party p ON p.id = d.party_id
    JOIN documents_signedcopy c ON c.document_id = d.id
    JOIN events_event v ON v.subject_type = 'signedcopy' AND v.subject_id = c.id AND v.kind = 'signedcopy.accept'
   WHERE d.entity_id = %(entity)s AND d.kind = 'ACCEPTANCE_ACT' AND v.tx < %(horizon)s
   ORDER BY d.series_id, d.serial, v.id)
SELECT x.* FROM (
  SELECT 'DOC-' || s.id, s.day, s.tx, false, s.number, s.issued_on, s.code, s.number, s.issued_on, s.data FROM signed s
   UNION ALL
  SELECT 'DOC-' || s.id, n.day, n.tx, true, s.number, s.issued_on, s.code, s.number, s.issued_on, s.data
    FROM signed s
    JOIN LATERAL (SELECT n.day, n.tx FROM signed n WHERE n.subject_id = s.subject_id AND n.tx > s.tx
                   ORDER BY n.tx LIMIT 1) n ON true) x
{_OF_BATCH} ORDER BY x.tx, 1, 4
"""  # noqa: S608
_MONEY = f"""
SELECT 'SL-' || x.id, x.day, x.amount, x.currency, x.reference, x.reversal, o.number, pl.code, x.counterparty_name,
       x.counterparty_tax_number, x.counterparty_account, x.counterparty_bank, x.text
  FROM (SELECT l.*, l.recorded_tx AS tx FROM reconciliation_statementline l
         WHERE l.entity_id = %(entity)s AND l.booked AND l.amount <> 0) x
  JOIN refdata_nostroaccount o ON o.id = x.nostro_id
  JOIN refdata_place pl ON pl.id = o.place_id
{_OF_BATCH} ORDER BY x.id
"""  # noqa: S608
_ACCRUALS = """
SELECT a.id, a.kind, coalesce(s.service, ''), a.accrued_on, a.net, a.vat, a.currency
  FROM expenses_feeaccrual a LEFT JOIN refdata_feeschedule s ON s.id = a.schedule_id
 WHERE a.id = ANY(%s::bigint[]) ORDER BY a.id
"""
# By how much the entries of the same batch changed what stands on accounts of money, by currency.
_BOOKED = """
SELECT s.code, sum(l.amount)
  FROM ledger_journalentry x
  JOIN ledger_line l ON l.entry_id = x.id
  JOIN ledger_ledgeraccount a ON a.id = l.account_id AND a.kind = %(cash)s
  JOIN refdata_asset s ON s.id = l.asset_id AND s.kind = 'CURRENCY'
 WHERE x.entity_id = %(entity)s AND x.effective_date <= %(day)s AND x.recorded_tx < %(horizon)s
   AND (%(after_day)s::date IS NULL OR x.effective_date > %(after_day)s OR x.recorded_tx >= %(after_horizon)s)
 GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What a document is of: a kind of fee or a security, at one rate of VAT."""

    code: str
    net: Decimal
    vat: Decimal
    rate: str | None = None
    quantity: Decimal = Decimal(1)

    @property
    def negated(self) -> Line:
        return replace(self, net=-self.net, vat=-self.vat, quantity=-self.quantity)


@dataclass(frozen=True, slots=True)
class Told:
    """A document with its lines, and what else is said of it."""

    reference: str
    kind: str
    day: date
    number: str
    currency: str
    lines: Sequence[Line]
    said: Mapping[str, str]
    reverses: bool = False

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), ZERO)

    @property
    def vat(self) -> Decimal:
        return sum((line.vat for line in self.lines), ZERO)


class Asked:
    """The documents of one entity in a batch, and what its entries moved."""

    def __init__(self, entity: Entity, until: Point, after: Point | None, rules: RuleBook) -> None:
        self.entity, self.rules = entity, rules
        self.facts: dict[str, Any] = {
            "entity": entity.pk, "day": until.day, "horizon": until.known.horizon,
            "after_day": after and after.day, "after_horizon": after and after.known.horizon,
            "firm_zone": FIRM_ZONE.key, "cash": AccountKind.CASH,
        }  # fmt: skip

    def told(self) -> list[Told]:
        found = [*self._of_fees("SALE", _SALES), *self._of_fees("PURCHASE", _PURCHASES)]
        return [*found, *self._acts(), *self._money()]

    def booked(self) -> dict[str, Decimal]:
        return {currency: amount for currency, amount in self._read(_BOOKED)}

    def _read(self, sql: str, facts: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, facts or self.facts)
            return list(cursor.fetchall())

    def _of_fees(self, kind: str, sql: str) -> Iterator[Told]:
        """A document for each currency of a bill; what comes to nothing is none."""
        for row in map(_Paper._make, self._read(sql)):
            for currency, lines in self._by_rate(row.made_of).items():
                yield row.told(kind, currency, lines)

    def _by_rate(self, accruals: Sequence[int]) -> dict[str, list[Line]]:
        """Lines by kind of fee and rate, in each currency; what comes to nothing is none."""
        sums: defaultdict[tuple[str, str, str | None], list[Decimal]] = defaultdict(
            lambda: [ZERO, ZERO]
        )
        for _id, kind, service, day, net, vat, currency in self._read(_ACCRUALS, [list(accruals)]):
            at = sums[currency, kind, by_rule(self.rules, service, day)["rate"]]
            at[0] += net
            at[1] += vat
        found: defaultdict[str, list[Line]] = defaultdict(list)
        for (currency, kind, rate), (net, vat) in sorted(
            sums.items(), key=lambda each: str(each[0])
        ):
            if net or vat:
                found[currency].append(Line(kind, net, vat, rate))
        return found

    def _acts(self) -> Iterator[Told]:
        for row in map(_Paper._make, self._read(_ACTS)):
            told = msgspec.json.decode(row.made_of)
            securities, contract = told["securities"], told["contract"]
            line = Line(
                securities["isin"], Decimal(securities["amount"]), ZERO, None, Decimal(securities["quantity"])
            )  # fmt: skip
            said = {"contract": contract["number"], "contract_day": contract["date"]}
            yield row.told("SECURITIES", securities["currency"], [line], said)

    def _money(self) -> Iterator[Told]:
        for (
            reference,
            day,
            amount,
            currency,
            theirs,
            reversal,
            account,
            place,
            *their,
        ) in self._read(_MONEY):
            name, inn, their_account, bank, text = their
            said = {
                "their_number": theirs, "account": account, "place": place, "their_name": name, "their_inn": inn,
                "their_account": their_account, "their_bank": bank, "purpose": text,
                "remark": "BANK_REVERSAL" if reversal else "",
            }  # fmt: skip
            kind = "RECEIPT" if amount > 0 else "PAYMENT"
            yield Told(
                reference, kind, day, reference, currency, [Line("", abs(amount), ZERO)], said
            )


class _Paper(NamedTuple):
    """A bill, an invoice or an act as it is read, and what it is made of: accruals by their keys, or its data."""

    reference: str
    day: date
    tx: int
    reverses: bool
    number: str
    dated: date
    party: str
    their_number: str
    their_day: date
    made_of: Any

    def told(
        self, kind: str, currency: str, lines: Sequence[Line], more: Mapping[str, str] = NOTHING
    ) -> Told:
        """As a document; what reverses another has its lines below zero."""
        said = {
            "party": self.party, "their_number": self.their_number, "their_day": self.their_day.isoformat(),
            **more,
        }  # fmt: skip
        signed = [line.negated for line in lines] if self.reverses else lines
        return Told(
            self.reference, kind, self.dated, self.number, currency, signed, said, self.reverses
        )
