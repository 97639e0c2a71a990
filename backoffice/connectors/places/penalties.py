"""Taking in what places state of penalties: each list goes to the statement of its months, which other eyes book.

A place sends a list a month, or one a day and then what was amended of it: what a list says is put together with what
earlier ones of the month said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from backoffice.connectors.formats.paging import joined
from backoffice.connectors.formats.penalties import PenaltyStatement
from backoffice.connectors.formats.recognising import read_each_securities
from backoffice.connectors.formats.refusing import Refused
from backoffice.connectors.models import InboundContent
from backoffice.connectors.penalties import rows_of
from backoffice.connectors.places.bringing import require_may
from backoffice.connectors.places.known import Known, accounts_of
from backoffice.connectors.places.outcome import Outcome
from backoffice.connectors.places.told import Source, Told, all_refused, position_of
from backoffice.kernel.errors import FieldProblem, Refusal
from backoffice.kernel.i18n import gettext_noop
from refdata.selectors import reference_data
from settlements.fails.statements.models import PenaltyStatement as Kept
from settlements.fails.statements.services import NewStatement, receive_statement
from settlements.fails.statements.state import StatementState
from settlements.fails.statements.terms import read_lines

MAY_RECEIVE = "settlements.receive_penaltystatement"
FILE = re.compile(r"IF-([1-9][0-9]*)\b", re.ASCII)


def take_penalties(told: Sequence[Told], source: Source, *, at: datetime) -> Outcome:
    """Lists of penalties of a file, joined from their pages; each of a month is a statement, new or known."""
    outcome = Outcome()
    pages: dict[tuple[str, ...], list[Told]] = {}
    for each in told:
        assert isinstance(each.said, PenaltyStatement)
        pages.setdefault(each.said.series, []).append(each)
    accounts = accounts_of(
        (each.said.account for each in told if isinstance(each.said, PenaltyStatement)), source
    )
    for own in pages.values():
        try:
            _take(own, accounts, source, outcome, at)
        except Refusal as refusal:
            for each in own:
                outcome.problem(each, *all_refused(each, refusal))
    return outcome


def _take(
    pages: Sequence[Told],
    accounts: dict[str, Known],
    source: Source,
    outcome: Outcome,
    at: datetime,
) -> None:
    """Raises Refused, InvalidStatement, MayNotBring, OutOfScope."""
    said = [each.said for each in pages if isinstance(each.said, PenaltyStatement)]
    (statement,) = joined(said)
    whose = accounts.get(statement.account)
    if whose is None:
        outcome.problem(pages[0], _foreign(pages[0], statement))
        for each in pages[1:]:
            outcome.problem(each)
        return
    require_may(source.actor, MAY_RECEIVE, entity_id=whose.entity_id, what=statement.account)
    outcome.entities.add(whose.entity_id)
    months = sorted({line.month for line in statement.lines if line.month is not None})
    if not months:
        outcome.problem(pages[0], _of_no_month(pages[0]))
        for each in pages[1:]:
            outcome.problem(each)
        return
    new = [_receive(statement, month, whose, source, pages[0], at) for month in months]
    for each in pages:
        (outcome.add if any(new) else outcome.duplicate)(each)


def _receive(
    statement: PenaltyStatement, month: date, whose: Known, source: Source, told: Told, at: datetime
) -> bool:
    """The statement of a month by all lists that its place sent of it; whether it says anything new."""
    before = _lists_before(month, whose, statement.account, source)
    if statement in before:
        return False  # what was amended since stays so
    rows = rows_of([*before, statement], month=month)
    _row, is_new = receive_statement(
        new=NewStatement(
            entity_id=whose.entity_id, place_id=whose.place_id, month=month,
            document=f"{source.file} {told.message}"[:120],
            lines=read_lines(rows, reference_data()),
        ),
        actor=source.actor, at=at,
    )  # fmt: skip
    return is_new


def _lists_before(
    month: date, whose: Known, account: str, source: Source
) -> list[PenaltyStatement]:
    """What the files of earlier statements of the month said of the account, in the order in which they came."""
    rows = Kept.objects.filter(
        entity=whose.entity_id, place=whose.place_id, month=month, document__startswith="IF-"
    ).exclude(state=StatementState.DECLINED)
    found = [
        FILE.match(document)
        for document in rows.order_by("number").values_list("document", flat=True)
    ]
    ids = dict.fromkeys(int(match.group(1)) for match in found if match)
    ids.pop(int(source.file.removeprefix("IF-")), None)
    contents = InboundContent.objects.in_bulk(list(ids))
    lists: list[PenaltyStatement] = []
    for id in ids:
        if id in contents:
            lists += _lists_in(bytes(contents[id].content), account, source)
    return lists


def _lists_in(raw: bytes, account: str, source: Source) -> list[PenaltyStatement]:
    read = read_each_securities(raw, zone=source.zone)
    pages = [
        each for each in read if isinstance(each, PenaltyStatement) and each.account == account
    ]
    try:
        return joined(pages)
    except Refused:
        return []  # it was refused when it came, and said nothing


def _foreign(each: Told, said: PenaltyStatement) -> FieldProblem:
    return FieldProblem(
        position_of(each), "unknown-account",
        gettext_noop("%(account)s is no account of ours at %(place)s."),
        gettext_noop("Add the account to the reference data, then take the file in again."),
        facts={"account": said.account[:40], "place": said.format},
    )  # fmt: skip


def _of_no_month(each: Told) -> FieldProblem:
    return FieldProblem(
        position_of(each), "no-month",
        gettext_noop("It lists no penalty of a day that is said: of which month it is nobody can tell."),
        gettext_noop("Ask the place for a list with its period, or with the days of each penalty."),
    )  # fmt: skip
