"""Taking in what places state that our accounts hold: a statement is taken whole, as the positions of its day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.connectors.channels.instructing import units_of
from backoffice.connectors.formats.holdings import Holding, Holdings
from backoffice.connectors.formats.paging import joined
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.places.known import entities_of, securities_of
from backoffice.connectors.places.outcome import Outcome
from backoffice.connectors.places.told import Source, Told, position_of, refused
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from refdata.models import StatedPosition

SETTLED = (
    "",
    "SETT",
)  # of what is agreed or dealt only a statement by what settled says what is held


def take_holdings(told: Sequence[Told], source: Source, *, at: datetime) -> Outcome:
    """Statements of holdings of a file, joined from their pages. One with a line that nobody knows is not taken."""
    outcome = Outcome()
    pages = [each for each in told if isinstance(each.said, Holdings)]
    by_statement: dict[tuple[str, ...], list[Told]] = {}
    for each in pages:
        assert isinstance(each.said, Holdings)
        by_statement.setdefault(each.said.series, []).append(each)
    for rows in by_statement.values():
        _take(rows, source, outcome)
    return outcome


def _take(pages: Sequence[Told], source: Source, outcome: Outcome) -> None:
    said = [each.said for each in pages if isinstance(each.said, Holdings)]
    try:
        (statement,) = joined(said)
    except Refused as refusal:
        for each in pages:
            outcome.problem(each, refused(each, refusal))
        return
    if statement.basis not in SETTLED or statement.is_update:
        for each in pages:
            outcome.problem(each, _partial(each, statement))
        return
    rows, problems, entities = _rows(statement, pages[0], source)
    if problems:
        outcome.problem(pages[0], *problems)
        for each in pages[1:]:
            outcome.problem(each)
        return
    outcome.entities |= entities
    known = StatedPosition.objects.filter(
        place_id=source.speaker, day=statement.as_of, document=_document(statement, pages[0]),
        account__in={row.account for row in rows},
    ).exists()  # fmt: skip
    StatedPosition.objects.bulk_create(rows, ignore_conflicts=True)
    for each in pages:
        (outcome.duplicate if known else outcome.add)(each)


def _document(statement: Holdings, told: Told) -> str:
    return f"{statement.format} {statement.number or statement.reference or told.message}"[:200]


def _rows(
    statement: Holdings, told: Told, source: Source
) -> tuple[list[StatedPosition], list[FieldProblem], set[int]]:
    accounts = entities_of((line.account for line in statement.lines), source)
    securities = securities_of(line.isin for line in statement.lines)
    rows, problems = [], []
    for line in statement.lines:
        security = securities.get(line.isin)
        units = units_of(line.quantity, security.kind, security.nominal) if security else None
        entity_id = accounts.get(line.account)
        if security is None or units is None or entity_id is None:
            problems.append(_unknown(told, line))
            continue
        rows.append(
            StatedPosition(
                entity_id=entity_id, place_id=source.speaker, account=line.account,
                asset_id=security.asset_id, quantity=units, day=statement.as_of,
                document=_document(statement, told),
            )
        )  # fmt: skip
    return rows, problems, {row.entity_id for row in rows}


def _unknown(told: Told, line: Holding) -> FieldProblem:
    return FieldProblem(
        position_of(told), "unknown-holding",
        gettext_noop("%(isin)s on %(account)s: the security or the account is not known here."),
        gettext_noop("Add it to the reference data, then take the file in again."),
        facts={"isin": line.isin or line.description[:40], "account": line.account},
    )  # fmt: skip


def _partial(told: Told, statement: Holdings) -> FieldProblem:
    return FieldProblem(
        position_of(told), "not-a-whole-statement",
        gettext_noop("It says what changed, or what is agreed (%(basis)s), and not what is held."),
        gettext_noop("Ask the place for its whole statement by what has settled."),
        facts={"basis": statement.basis or "DELT"},
    )  # fmt: skip
