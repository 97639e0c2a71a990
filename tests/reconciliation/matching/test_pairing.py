"""What the database pairs is what the rules say: the same items, decided twice, by statements and by plain Python.

Here the rules are asked about everything at once, after whom a field of a line and the reference of an entry make a
pair; nothing of how the database comes to it is used.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from backoffice.access.models import User
from reconciliation.matching.by_persons import undo_match
from reconciliation.matching.deciding import Decided, decide
from reconciliation.matching.gathering import PREFIXES
from reconciliation.matching.items import OWN, Entry, Line, day_of, names_in
from reconciliation.matching.kinds import Terms
from reconciliation.matching.pools import keep_pools
from reconciliation.matching.selectors import Open, open_items
from reconciliation.matching.services import terms_of
from reconciliation.matching.state import RULES, MatchRule
from reconciliation.models import Match, Reconciliation, StatementLine
from refdata.models import (
    Asset,
    DatedRule,
    Entity,
    Party,
    PartyIdentifier,
    Place,
    StandingInstruction,
)
from refdata.selectors import forget_reference_data
from settlements.models import Settlement
from tests.reconciliation.matching.stage import (
    AT,
    DAY,
    booked,
    live,
    matched,
    pair,
    run,
    statement,
    told,
)

pytestmark = pytest.mark.usefixtures("own_database")

Key = tuple[frozenset[int], frozenset[int]]


class Stage:
    """Lines and entries of one account that often look alike, and say of each other what banks and people say."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.amounts = ["100", "200", "-100"] * 10
        self.amounts += [str(self.chance.randint(1, 10**6)) for _ in range(60)]
        self.parties = [self.party(number) for number in range(3)]
        self.settlements = [self.settlement(number) for number in range(40)]
        self.entries: list[tuple[int, str, int, tuple[str, int]]] = []

    def party(self, number: int) -> Party:
        row = Party.objects.create(
            code=f"PAYER{number}", name=f"Payer {number} Ltd", roles=["COUNTERPARTY"]
        )
        if number:
            PartyIdentifier.objects.create(party=row, scheme="INN", value=f"770000000{number}")
        return row

    def settlement(self, number: int) -> Settlement:
        entity, place = Entity.objects.get(code="RUS"), Place.objects.get(code="CORR")
        money, other = Asset.objects.get(code="USD"), self.parties[number % 3]
        ssi, _ = StandingInstruction.objects.get_or_create(
            party=other, place=place, defaults={
                "depository_account": "", "cash_account": f"ACC{other.pk}", "valid_from": DAY,
                "status": "APPROVED", "proposed_by": User.objects.get(username="admin"),
                "approved_by": User.objects.get(username="manager"),
            },
        )  # fmt: skip
        return Settlement.objects.create(
            entity=entity, owner=entity.own_party, counterparty=other, source_type="deal",
            source_id=number // 2, place=place, ssi=ssi, method="PFOD", delivers=True, asset=money,
            quantity=0, money_asset=money, amount=Decimal(1),
            due_date=DAY + timedelta(days=number % 2),
        )  # fmt: skip

    def book(self, count: int) -> None:
        for _ in range(count):
            amount, days = self.chance.choice(self.amounts), self.chance.randint(-1, 6)
            source = ("settlement", self.chance.choice(self.settlements).pk)
            if self.chance.random() < 0.3:
                source = ("settlement", 0)  # nothing that anybody names
            id = booked(amount, source=source, days=days, part=len(self.entries))
            self.entries.append((id, amount, days, source))
            if self.chance.random() < 0.05:
                back = booked(str(-Decimal(amount)), days=days, reverses=id)
                self.entries.append((back, str(-Decimal(amount)), days, ("settlement", 0)))

    def tell(self, count: int) -> None:
        statement([self.line() for _ in range(count)])

    def line(self) -> Any:
        chance = self.chance
        _, amount, days, source = chance.choice(self.entries)
        of = Settlement.objects.filter(pk=source[1]).first()
        said: dict[str, Any] = {"days": days + chance.choice([0, 0, 0, 1, 2, 4])}
        name = f"S-{source[1]}" if of else f"BK{chance.randint(1, 50)}"
        way = chance.random()
        if way < 0.35:
            said["reference"] = name
        elif way < 0.45:
            said["text"] = f"Payment {name} by invoice"
        elif way < 0.5 and of:
            said["end_to_end_id"], said["reference"] = f"d/{of.source_id}", "X"
        elif way < 0.55:
            said["reference"], said["end_to_end_id"] = (
                name,
                f"S{chance.choice(self.settlements).pk}",
            )
        if chance.random() < 0.4:
            payer = of.counterparty if of and chance.random() < 0.8 else chance.choice(self.parties)
            number = self.parties.index(payer)
            said |= chance.choice(
                [{"counterparty_name": f"Payer {number}, JSC"}, {"counterparty_tax_number": f"770000000{number}"},
                 {"counterparty_account": f"acc {payer.pk}"}]
            )  # fmt: skip
        if chance.random() < 0.04:
            return told(str(-Decimal(amount)), reversal=True, **said)
        slip = chance.random() < 0.06
        return told(str(Decimal(amount) + 1) if slip else amount, **said)


def by_their_fields(items: Open, terms: Terms) -> dict[Key, str]:
    """A line with a field that is the reference of an entry, of the same amount, where neither has a second one."""
    fields = {
        row.pk: names_in(row.reference, row.our_reference, row.end_to_end_id)
        for row in StatementLine.objects.filter(pk__in=[line.id for line in items.lines])
    }
    named: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in items.entries:
        for name in entry.names:
            if not name.startswith("D") or name.startswith("DF"):
                named[name].append(entry)
    fits = [
        (line, entry)
        for line in items.lines
        for name in fields[line.id]
        for entry in named[name]
        if entry.amount == line.amount
    ]
    of_line, of_entry = Counter(a.id for a, _ in fits), Counter(b.key for _, b in fits)
    return {
        pair(a.id, b.id): "REFERENCE"
        for a, b in fits
        if of_line[a.id] == of_entry[b.key] == 1 and abs(a.day - b.day) <= terms.reference_days
        and not (a.held or b.held) and MatchRule.REFERENCE in terms.rules
    }  # fmt: skip


def expected(items: Open, terms: Terms, pool: int) -> tuple[dict[Key, str], Decided]:
    first = by_their_fields(items, terms)
    lines, entries = (frozenset().union(*(key[side] for key in first)) for side in (0, 1))
    rest = decide(
        [line for line in items.lines if line.id not in lines],
        [entry for entry in items.entries if entry.id not in entries],
        {pool: terms},
    )
    more = {
        (frozenset(a.id for a in found.lines), frozenset(b.id for b in found.entries)): found.rule.value
        for found in rest.found
    }  # fmt: skip
    return first | more, rest


def whys_of(rest: Decided) -> dict[Key, str]:
    """What is left with its reason, as breaks name it: each by itself, of a pair that a reference ties both."""
    found: dict[Key, str] = {}
    for lines, entries in rest.tied:
        same = {a.amount for a in lines} & {b.amount for b in entries}
        if len(lines) == len(entries) == 1:
            found[pair(lines[0].id, entries[0].id)] = "RULE_OFF" if same else "AMOUNT"
        else:
            found |= _each(lines, entries, "RIVALS" if same else "AMOUNT")
    for lines, entries in rest.rivals:
        found |= _each(lines, entries, "RIVALS")
    for off in rest.off:
        found |= _each(off.lines, off.entries, "RULE_OFF")
    return found | _each(rest.lines, rest.entries, "")


def _each(lines: Sequence[Line], entries: Sequence[Entry], why: str) -> dict[Key, str]:
    none: frozenset[int] = frozenset()
    found = {(frozenset([line.id]), none): why for line in lines}
    return found | {(none, frozenset([entry.id])): why for entry in entries}


def compared(stage: Stage) -> Counter[str]:
    """Run, and hold what it matched and left against what the rules say; by rule how many it matched."""
    keep_pools([Entity.objects.get(code="RUS").pk], day=DAY)
    row = Reconciliation.objects.select_related("place").get()
    terms = terms_of([row], DAY)[row.pk]
    before, items = matched(), open_items(row, day=DAY)
    assert max(len(items.lines), len(items.entries)) < 500, "the selector shows no more"
    wanted, rest = expected(items, terms, row.pk)

    done = run()

    now = {key: rule for key, rule in matched().items() if key not in before}
    assert now == wanted
    assert done.matches == Counter(wanted.values())
    left = {
        (frozenset([b.line_id] if b.line_id else []), frozenset([b.entry_id] if b.entry_id else [])): b.why
        for b in live(kind__in=("BANK", "BOOKS", "AMOUNT"))
    }  # fmt: skip
    row.refresh_from_db()
    early = [entry for entry in rest.entries if row.until and day_of(entry.day) > row.until]
    old = [entry for entry in rest.entries if day_of(entry.day) < row.since]
    assert left == {k: v for k, v in whys_of(rest).items() if k not in _each([], early + old, "")}
    return Counter(wanted.values())


def all_but(*off: str) -> dict[str, Any]:
    return {"rules": [rule.value for rule in RULES if rule.value not in off]}


def ruled(value: dict[str, Any]) -> None:
    """What the place of the stage is matched by."""
    DatedRule.objects.create(
        kind="recon.rules", key="CORR", value=value, vectors=[], valid_from=date(2026, 1, 1),
        source="test", state="IN_FORCE", born_state="IN_FORCE",
    )  # fmt: skip
    forget_reference_data()


@pytest.mark.parametrize(
    ("seed", "terms"),
    [
        (1, {}),
        (2, {}),
        (3, {}),
        (4, all_but("WINDOW")),
        (5, all_but("DAY", "PARTY")),
        (6, all_but("REFERENCE", "REVERSAL")),
        (7, {"window_days": 1, "reference_days": 1}),
    ],
)
def test_the_database_matches_what_the_rules_match_and_leaves_what_they_leave(
    seed: int, terms: dict[str, Any]
) -> None:
    if terms:
        ruled(terms)
    stage = Stage(seed)
    stage.book(150)
    stage.tell(140)
    found = compared(stage)
    usual = {"REFERENCE", "DAY", "WINDOW", "PARTY"} & set(terms.get("rules", MatchRule.values))
    assert usual <= found.keys(), "the stage has too little to decide"

    clerk = User.objects.get(username="clerk")
    made = list(Match.objects.filter(part_of=None).order_by("pk").values_list("pk", flat=True))
    for id in stage.chance.sample(made, 8):
        undo_match(match_id=id, reason="not the same", actor=clerk, at=AT)
    stage.book(40)
    stage.tell(60)
    compared(stage)


REFERENCES = [
    "", "S-12", "s 12", "S12", "D-7", "d.f-9", "DF9", "IC/3", "i-c-3", "B I 4", "PS:5", "P_S5", "SX12", "12S", "S-",
    "NONREF", "Платёж S-1", "ſ-12", "S-12 of May", "--S--12", "X S-12", "BI", "Ｓ-12",
]  # fmt: skip


def test_a_line_says_when_it_comes_which_of_its_references_look_like_ours() -> None:
    """As the rules read them, but for letters beyond ASCII: of those it says that one has to look closer."""
    chance = random.Random(7)
    told_as = [tuple(chance.choice(REFERENCES) for _ in range(3)) for _ in range(400)]
    told_as += [(each, each, each) for each in REFERENCES]
    found = set()
    with connection.cursor() as cursor:
        for names in told_as:
            cursor.execute(
                "SELECT reconciliation_own_names(%s, %s, %s), reconciliation_may_name(%s, %s, %s, '')",
                [*names, *names],
            )
            own, may = cursor.fetchone()
            plain = [each for each in names if each.isascii()]
            begin = {name for name in names_in(*plain) if OWN.match(name)}
            assert set(own) == begin, names
            assert len(own) == len(set(own)), names
            assert may == bool(begin or len(plain) < 3), names
            found |= set(own)
    assert {*PREFIXES.values(), "D"} <= {each.rstrip("0123456789") for each in found}
