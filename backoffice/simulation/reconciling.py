"""Taking in the files of a simulated day, reconciling, and reading what differs then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from backoffice.access.models import User
from backoffice.connectors.models import InboundFile
from backoffice.connectors.receiving.services import take_file
from backoffice.simulation.firm import BANKS, DEPOSITORIES, Firm
from backoffice.simulation.judging import Difference, TakenFile
from backoffice.simulation.plan import Plan
from reconciliation.breaks.statements import check_statements
from reconciliation.looking import hold_against_books
from reconciliation.matching.services import Reconciled
from reconciliation.models import Break, Match, Statement

VALUED_LATER = "valued-later"  # what a statement remarks


def take(paths: Iterable[Path], actor: User, *, clock: Callable[[], datetime]) -> list[InboundFile]:
    """Take in files, each in a transaction of its own, as come through the channel of their place."""
    return [
        take_file(
            path.read_bytes(), name=path.name, channel=place_of(path), actor=actor, at=clock()
        )
        for path in paths
    ]


def place_of(path: Path) -> str:
    """`answer-SIMD1-000001.jsonl`, `SIMD1-4070…-20261127.xml`, and either again."""
    return next(part for part in path.name.split("-") if part in DEPOSITORIES + BANKS)


def taken(rows: Iterable[tuple[Path, InboundFile]]) -> list[TakenFile]:
    """What became of each file. In a second run all have come before: a copy is told by the name of the first."""
    return [
        TakenFile(path.name, row.again and row.name != path.name, tuple(_codes(row)))
        for path, row in rows
    ]


def _codes(row: InboundFile) -> Iterator[str]:
    return (str(problem["code"]) for problem in row.problems)


def reconcile_day(plan: Plan, firm: Firm, *, clock: Callable[[], datetime]) -> Reconciled:
    """Match what is certain, check that statements are there, add up and continue, and compare what is held."""
    done = hold_against_books(entity_id=firm.entity.pk, day=plan.day, at=clock())
    check_statements(entity_id=firm.entity.pk, through=plan.day, at=clock())
    return done


def matched(firm: Firm) -> int:
    return Match.objects.filter(entity=firm.entity, undone_at=None, part_of=None).count()


def differences(firm: Firm) -> list[Difference]:
    """Every live break of the entity, with the references by which its line and its entry are known."""
    rows = Break.objects.filter(entity=firm.entity).exclude(state="CLOSED").order_by("id")
    rows = rows.select_related("line__nostro", "entry", "nostro", "account", "asset", "statement")
    return [_difference(row) for row in rows] + list(_valued_later(firm))


def _valued_later(firm: Firm) -> Iterator[Difference]:
    """Lines that are the right money, and of which their statement remarks another value date."""
    for row in Statement.objects.filter(entity=firm.entity).order_by("id").select_related("nostro"):
        for remark in row.remarks:
            if remark["code"] == VALUED_LATER:
                facts = remark["facts"]
                yield Difference(
                    f"{row} line {facts['line']}", "VALUE", row.nostro.number,
                    frozenset([facts["reference"]]), detail=str(facts),
                )  # fmt: skip


def _difference(row: Any) -> Difference:
    names = set()
    if row.line is not None:
        line = row.line
        names |= {line.reference, line.our_reference, line.bank_reference, line.text.split(" ")[0]}
    if row.entry is not None and row.entry.source_type == "settlement":
        names.add(f"S-{row.entry.source_id}")
    nostro = row.nostro or (row.line.nostro if row.line else None)
    account = nostro.number if nostro else next(iter(row.facts.get("accounts", [""])))
    return Difference(
        str(row), row.kind, account, frozenset(names - {""}),
        isin=row.asset.code if row.kind == "POSITION" else "",
        detail=f"{row.day} theirs {row.theirs:f} ours {row.ours:f} {row.why} {sorted(names)} {row.facts}",
    )  # fmt: skip
