"""What if, on the ladder: money comes, a party brings nothing, a settlement moves or is let go. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model, TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.events.looking import one_look
from backoffice.events.selectors import known_now
from backoffice.kernel.errors import FieldProblem, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from refdata.models import Currency, Entity, Party, Place
from refdata.scopes import scope_of
from settlements import selectors as settlements
from settlements.ladder.asking import Asked
from settlements.ladder.kinds import Certainty, Source
from settlements.ladder.querying import rows_query
from settlements.ladder.rules import Group, Key
from settlements.ladder.selectors import Ladder, read_ladder
from settlements.naming import key_named, unknown_at

MOST_CHANGES = 20
ZERO = Decimal(0)


class Change(TextChoices):
    """What is tried."""

    CASH = "CASH", _("Money comes or goes")
    TRANSFER = "TRANSFER", _("Money moves between our accounts")
    SILENT = "SILENT", _("A counterparty does not deliver")
    MOVE = "MOVE", _("A settlement moves to another day")
    RELEASE = "RELEASE", _("A settlement is let go and matches")
    HOLD = "HOLD", _("A settlement is held")


class NothingToTryOnLadder(Invalid):
    code = "nothing-to-try-on-ladder"
    title = gettext_noop("A what-if needs something to try")
    detail = gettext_noop("Nothing was changed, or more than %(most)s things were.")
    hint = gettext_noop(
        "Say what comes or is transferred, who brings nothing, or which settlement moves."
    )


class BadLadderTry(Invalid):
    code = "bad-ladder-try"
    title = gettext_noop("What is to be tried cannot be read")
    detail = gettext_noop("A code names nothing, a day is missing, or an amount is zero.")
    hint = gettext_noop("Mend what is named beside each field.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One thing that is tried. Of money the amount is signed: below zero it goes.

    Of a transfer it is what leaves `place` and comes to `to_place`.
    """

    kind: Change
    entity: str = ""
    place: str = ""
    currency: str = ""
    amount: Decimal = ZERO
    day: date | None = None
    counterparty: str = ""
    settlement: str = ""
    to_place: str = ""


class Compared(NamedTuple):
    """One day of one line, before and after."""

    key: Key
    day: date
    before: Decimal
    after: Decimal
    lacks_before: Decimal
    lacks_after: Decimal


@dataclass(frozen=True, slots=True)
class Answer:
    """Both ladders beside each other, and the days on which they differ."""

    before: Ladder
    after: Ladder
    moved: Sequence[Compared]


def what_if(changes: Sequence[Try], asked: Asked, *, actor: User, at: datetime) -> Answer:
    """The ladder with some things changed, beside the one without.

    Raises NothingToTryOnLadder, and BadLadderTry beside each field that is wrong.
    """
    if not 0 < len(changes) <= MOST_CHANGES:
        raise NothingToTryOnLadder(most=MOST_CHANGES)
    said = _Said.of(changes, actor=actor)
    scope, known = scope_of(actor), known_now()
    tried = replace(asked, silent=said.silent, taken=tuple(sorted(said.settlements)))
    with one_look():  # what others do meanwhile is no difference of the change
        before = read_ladder(asked, scope=scope, at=at, known=known)
        after = read_ladder(tried, scope=scope, at=at, known=known, changed=_changed(said, asked))
    return Answer(before, after, list(_compared(before, after)))


def _compared(before: Ladder, after: Ladder) -> Sequence[Compared]:
    days = [
        {(line.key, day.date): day for line in ladder.lines for day in line.days}
        for ladder in (before, after)
    ]
    found = []
    for key, on in sorted(days[0].keys() | days[1].keys(), key=str):
        one, other = days[0].get((key, on)), days[1].get((key, on))
        closings = [each.closing if each else ZERO for each in (one, other)]
        lacks = [each.lacks if each else ZERO for each in (one, other)]
        if closings[0] != closings[1] or lacks[0] != lacks[1]:
            found.append(Compared(key, on, *closings, *lacks))
    return sorted(found, key=lambda each: (each.key[0], each.key[3], each.key[2] or 0, each.day))


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said, found by its codes."""

    money: Sequence[tuple[Key, date, Decimal]]
    silent: tuple[int, ...]
    settlements: Mapping[int, Try]

    @classmethod
    def of(cls, changes: Sequence[Try], *, actor: User) -> _Said:
        """Raises BadLadderTry with all that is wrong."""
        money: list[tuple[Key, date, Decimal]] = []
        silent, moved = [], {}
        problems: list[FieldProblem] = []
        for number, each in enumerate(changes):
            if each.kind == Change.CASH:
                money.append(_money(number, each, actor, problems))
            elif each.kind == Change.TRANSFER:
                money += _transfer(number, each, actor, problems)
            elif each.kind == Change.SILENT:
                silent.append(_id_of(number, Party, each, "counterparty", problems))
            else:
                moved[_settlement(number, each, actor, problems)] = each
        if problems:
            raise BadLadderTry(problems)
        return cls(money, tuple(sorted(set(silent))), moved)


def _money(
    number: int, each: Try, actor: User, problems: list[FieldProblem]
) -> tuple[Key, date, Decimal]:
    entity = Entity.objects.filter(scope_of(actor).within(entity="pk"), code=each.entity).first()
    place_id = _id_of(number, Place, each, "place", problems)
    currency = Currency.objects.filter(code=each.currency).first()
    if entity is None:
        problems.append(unknown_at(f"/changes/{number}/entity", each.entity))
    if currency is None:
        problems.append(unknown_at(f"/changes/{number}/currency", each.currency))
    if each.amount == 0:
        problems.append(_wrong(number, "amount", gettext_noop("It is not zero.")))
    if each.day is None:
        problems.append(_wrong(number, "day", gettext_noop("The day is missing.")))
    owner_id = entity.own_party_id if entity else 0
    key = Key(entity.pk if entity else 0, owner_id, place_id, currency.asset_id if currency else 0)
    return key, each.day or date.min, each.amount


def _transfer(
    number: int, each: Try, actor: User, problems: list[FieldProblem]
) -> list[tuple[Key, date, Decimal]]:
    """Out of one account and into another of the same owner, on one day."""
    source, on, amount = _money(number, each, actor, problems)
    to = source._replace(place_id=_id_of(number, Place, each, "to_place", problems))
    if amount < 0:
        problems.append(_wrong(number, "amount", gettext_noop("It is above zero.")))
    if to == source and to.place_id:
        problems.append(_wrong(number, "to_place", gettext_noop("It is another account.")))
    return [(source, on, -amount), (to, on, amount)]


def _settlement(number: int, each: Try, actor: User, problems: list[FieldProblem]) -> int:
    if each.kind == Change.MOVE and each.day is None:
        problems.append(_wrong(number, "day", gettext_noop("The day is missing.")))
    try:
        return settlements.settlement_id_of(each.settlement, visible_to=actor)
    except NotFound:
        problems.append(unknown_at(f"/changes/{number}/settlement", each.settlement))
        return 0


def _id_of(
    number: int, model: type[Model], each: Try, name: str, problems: list[FieldProblem]
) -> int:
    code = getattr(each, name)
    found = key_named(model, code)
    if found is None:
        problems.append(unknown_at(f"/changes/{number}/{name}", code))
    return found or 0


def _wrong(number: int, name: str, detail: str) -> FieldProblem:
    return FieldProblem(
        f"/changes/{number}/{name}", f"wrong-{name}", detail,
        gettext_noop("Say how much moves, and on which day."),
    )  # fmt: skip


def _changed(said: _Said, asked: Asked) -> Callable[[list[Group], dict[str, Any]], list[Group]]:
    def changed(groups: list[Group], facts: dict[str, Any]) -> list[Group]:
        found = [*groups, *(_tried(key, on, amount) for key, on, amount in said.money)]
        return [*found, *_moved(said, asked, facts)]

    return changed


def _tried(key: Key, on: date, amount: Decimal) -> Group:
    """Money of a what-if is as sure as what is settled, and moves on its day."""
    return Group(
        key, on, "", Source.TRIED, Certainty.SETTLED, True, max(amount, ZERO), max(-amount, ZERO), 1
    )


def _moved(said: _Said, asked: Asked, facts: Mapping[str, Any]) -> list[Group]:
    """The settlements that were left out, where the change puts them: on another day, let go, or nowhere."""
    if not said.settlements:
        return []
    references = {f"S-{id}": each for id, each in said.settlements.items()}
    with connection.cursor() as cursor:
        cursor.execute(rows_query(), {**facts, "taken": [], "references": list(references)})
        rows = cursor.fetchall()
    found = []
    for *key, due, method, source, certainty, reference, amount in rows:
        each = references[reference]
        if each.kind == Change.HOLD:
            continue
        moves = each.kind == Change.MOVE
        found.append(Group(
            Key(*key), each.day if moves and each.day else due, method, source,
            certainty if moves else Certainty.MATCHED, moves, max(amount, ZERO), max(-amount, ZERO), 1,
        ))  # fmt: skip
    return found
