"""When the places of the demonstration settle, by whose rules they penalise fails, and what falls under which rate.

Invented; running again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F

from backoffice.access.models import User
from refdata.dated_rules.services import RuleTerms, activate_rules, propose_rule
from refdata.firm_days import firm_day
from refdata.models import DatedRule, Entity, InterestRate, Place
from refdata.selectors import reference_data
from settlements.fails.claims.models import BuyIn, InterestClaim
from settlements.fails.claims.services import notify_buy_ins, propose_buy_in, propose_claim
from settlements.fails.computing import compute_penalties
from settlements.fails.models import Penalty, PenaltyClassOf
from settlements.fails.statements.models import PenaltyStatement
from settlements.fails.statements.services import NewStatement, receive_statement
from settlements.fails.statements.terms import read_lines
from settlements.models import Settlement

SINCE = date(2022, 2, 1)
SOURCE = "DEMONSTRATION"
# kind of rule, its key, what it says, a vector: given and expected
CYCLE = {"at": "2026-11-24T12:00:00+03:00"}
Rules = tuple[tuple[str, str, dict[str, Any], dict[str, Any], Any], ...]
RULES: Rules = (
    ("fails.scheme", "CSDX", {"scheme": "CSDR"}, {}, "CSDR"),
    ("fails.scheme", "NSD", {"scheme": "CONTRACT"}, {"cleared": True}, "CCP"),
    ("fails.scheme", "HOUSE", {"scheme": "CONTRACT"}, {}, "CONTRACT"),
    ("fails.terms", "CONTRACT",
     {"basis_points": "5", "cap": "0.1", "free_days": 1, "days": "CALENDAR"},
     {"base": "1000000", "days": 3, "late_before": 0}, "1000.00"),
    ("fails.terms", "CCP", {"basis_points": "10"}, {"base": "1000000"}, "1000.00"),
    ("settle.cut_offs", "CSDX",
     {"zone": "Europe/Berlin", "input_by": "18:00", "input_days_before": 1},
     {"method": "DVP", "due_date": "2026-11-24", "at": "2026-11-24T09:00:00+01:00",
      "instructed_at": "2026-11-23T18:05:00+01:00"}, "ADEA"),
    ("settle.cycles", "HOUSE", {"zone": "Europe/Moscow", "at": ["11:30", "14:30", "17:30"]},
     CYCLE, {"due": "11:30", "is_last": False}),
    ("settle.cycles", "NSD", {"zone": "Europe/Moscow", "at": ["10:30", "12:30", "15:30", "17:45"]},
     CYCLE, {"due": "10:30", "is_last": False}),
    ("settle.cycles", "CSDX", {"zone": "Europe/Berlin", "at": ["09:30", "13:30", "16:30"]},
     CYCLE, {"due": "09:30", "is_last": False}),
)  # fmt: skip
# Proposed, and put in force by nobody: what it would cost is asked of the fails there are.
DRAFTED = ("fails.terms", "CONTRACT",
           {"basis_points": "8", "cap": "0.1", "free_days": 0, "days": "CALENDAR"},
           {"base": "1000000", "days": 3, "late_before": 0}, "2400.00")  # fmt: skip
# market (none: all), kind of instrument, row of the annex
CLASSES = (
    ("", "SHARE", "LIQUID_SHARE"), ("", "DEPOSITARY_RECEIPT", "OTHER"), ("", "FUND", "OTHER"),
    ("", "BOND", "OTHER_DEBT"),
)  # fmt: skip
RATE = ("ECB_MLF", Decimal("0.0240"))  # the overnight credit of the central bank of the euro


def load_rules(rules: Rules, people: dict[str, User], *, at: datetime) -> None:
    """Proposed by the accountant, put in force by the manager."""
    for kind, key, value, given, expected in rules:
        if not DatedRule.objects.filter(kind=kind, key=key).exists():
            row = _proposed((kind, key, value, given, expected), SINCE, people, at)
            activate_rules(ids=[row.pk], actor=people["manager"], at=at).raise_single()


def _proposed(
    rule: tuple[str, str, dict[str, Any], dict[str, Any], Any], since: date, people: dict[str, User],
    at: datetime,
) -> DatedRule:  # fmt: skip
    kind, key, value, given, expected = rule
    vector = {"name": "as agreed", "given": given, "expected": expected}
    terms = RuleTerms(
        kind=kind, key=key, value=value, vectors=[vector], valid_from=since, source=SOURCE
    )
    return propose_rule(terms=terms, actor=people["accountant"], at=at)


def _draft(
    rule: tuple[str, str, dict[str, Any], dict[str, Any], Any], people: dict[str, User], at: datetime
) -> None:  # fmt: skip
    """From the first of the next year on, if it comes to that."""
    kind, key, *_ = rule
    since = date(firm_day(at).year + 1, 1, 1)
    if not DatedRule.objects.filter(kind=kind, key=key, state="DRAFT").exists():
        _proposed(rule, since, people, at)


def load_fails(people: dict[str, User], *, at: datetime) -> None:
    load_rules(RULES, people, at=at)
    _draft(DRAFTED, people, at)
    for market, kind, penalty_class in CLASSES:
        PenaltyClassOf.objects.get_or_create(
            instrument=None, market=market, instrument_kind=kind, valid_from=SINCE,
            defaults={"penalty_class": penalty_class, "source": SOURCE},
        )  # fmt: skip
    code, rate = RATE
    InterestRate.objects.get_or_create(code=code, rate_date=SINCE, source=SOURCE, value=rate)


def count_fails(
    people: dict[str, User], days: Sequence[date], *, short: Sequence[int], at: datetime
) -> None:
    """What the days that lie behind cost, and what follows for the delivery that a counterparty lacks.

    They claim something of us as well; the counterparty is told that we buy in. What failed was matched on
    its day, not now when it is recorded: else those days cost nothing but late matching.
    """
    late = Settlement.objects.filter(settlement="FAILING").order_by("pk")
    late.filter(matched_date__gt=F("due_date")).update(matched_date=F("due_date"))
    for day in sorted(days):
        for entity in Entity.objects.order_by("pk"):
            compute_penalties(entity_id=entity.pk, day=day, at=at)
    theirs, ours = late.filter(source_id__in=short).first(), late.filter(delivers=True).first()
    clerk = people["clerk"]
    if theirs is None or ours is None or InterestClaim.objects.exists() or BuyIn.objects.exists():
        return
    if not Penalty.objects.filter(settlement=theirs, amount__gt=0).exists():
        return  # a firm without these rules
    propose_claim(
        settlement=theirs, claimant="US", amount=None, document="Letter 40", actor=clerk, at=at
    )
    propose_claim(
        settlement=ours, claimant="THEM", amount=Decimal("25.00"), document="Their letter 31",
        actor=clerk, at=at,
    )  # fmt: skip
    row = propose_buy_in(
        settlement=theirs, execute_by=firm_day(at) + timedelta(days=5), actor=clerk, at=at
    )
    notify_buy_ins(ids=[row.pk], actor=people["checker"], at=at).raise_single()


def receive_penalties(people: dict[str, User], day: date, *, at: datetime) -> None:
    """A place's statement of fails of which we know nothing: two differences, each with its deadline."""
    if PenaltyStatement.objects.exists():
        return
    lines = [
        {"their_ref": name, "day": day.isoformat(), "kind": "SEFP", "payer": payer, "amount": amount,
         "currency": "EUR"}
        for name, payer, amount in (("PEN-7701", "OURS", "52.30"), ("PEN-7702", "THEIRS", "18.45"))
    ]  # fmt: skip
    new = NewStatement(
        entity_id=Entity.objects.get(code="EUR").pk, place_id=Place.objects.get(code="CSDX").pk,
        month=day.replace(day=1), document="Statement of penalties 11",
        lines=read_lines(lines, reference_data()),
    )  # fmt: skip
    receive_statement(new=new, actor=people["clerk"], at=at)
