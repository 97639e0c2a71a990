"""Deals and settlements of a folder: how they are written, and how they are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from backoffice.going_live.folder import DEALS, Folder, Problems
from backoffice.going_live.names import Names, unknown
from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.checking import Check
from deals.capturing.schema import WrongShape, shaped, terms_of
from deals.models import Deal, Flow
from deals.rules import ResolvedDeal, resolve
from deals.taking_on import TakenOn, told_deals
from refdata.models import Place, StandingInstruction
from refdata.selectors import reference_data
from settlements.taking_on import Placed
from settlements.told import Told, told_settlements

AGREED = ("CONFIRMED", "SETTLING")


class ToldDeal(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A deal as it would be posted, under which number, and where it stands."""

    number: Annotated[int, msgspec.Meta(gt=0)]
    version: Annotated[int, msgspec.Meta(gt=0)] = 1
    state: Literal["CAPTURED", "PENDING_APPROVAL", "CONFIRMED", "SETTLING", "SETTLED", "CLOSED"]
    captured_at: Annotated[datetime, msgspec.Meta(tz=True)]
    terms: dict[str, Any]
    settlements: list[Told] = []


def told(ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Deals, each with its settlements."""
    settlements = told_settlements(ids)
    for deal in told_deals(ids):
        yield deal | {"settlements": settlements.get(deal["number"], [])}


@dataclass(slots=True)
class Deals:
    """What was read: by entity the deals, and for each number its settlements as they are told."""

    taken: dict[int, list[TakenOn]] = field(default_factory=dict)
    settlements: dict[int, list[tuple[int, Told]]] = field(default_factory=dict)  # line, settlement
    cleared: list[int] = field(default_factory=list)  # whose nets are computed anew


def deals_in(folder: Folder, problems: Problems, *, now: datetime) -> Deals:
    """Read and resolve the deals; what is wrong with any is a problem of its line."""
    deals, seen = Deals(), set[str]()
    for row in folder.deals:
        try:
            told_deal = shaped(row.values, ToldDeal)
            resolved = _resolved(told_deal, row.line, problems, now)
        except WrongShape as refusal:
            _tell(row.line, refusal.problems, problems)
            continue
        if resolved is None or _is_twice(told_deal, resolved, row.line, seen, folder, problems):
            continue
        if told_deal.state in AGREED and _is_cleared(resolved) and not told_deal.settlements:
            deals.cleared.append(told_deal.number)
        deals.taken.setdefault(resolved.book.entity_id, []).append(
            TakenOn(told_deal.number, told_deal.version, told_deal.state, told_deal.captured_at, resolved)
        )  # fmt: skip
        deals.settlements[told_deal.number] = [(row.line, s) for s in told_deal.settlements]
    return deals


def _is_twice(
    told_deal: ToldDeal, resolved: ResolvedDeal, line: int, seen: set[str], folder: Folder, problems: Problems
) -> bool:  # fmt: skip
    """Whether its number, its reference or a settlement of it was told before, or it is no deal of these entities."""
    entity = resolved.book.entity_code
    keys = [
        f"D-{told_deal.number}", f"{entity} {resolved.terms.external_ref}",
        *(f"S-{each.number}" for each in told_deal.settlements),
    ]  # fmt: skip
    wrong = [key for key in keys if key in seen]
    wrong += [] if entity in folder.entities else [entity]
    seen.update(keys)
    if wrong:
        problems.add(
            DEALS, line, "twice", gettext_noop("%(what)s is told twice, or is no entity of the folder."),
            gettext_noop("Each deal, settlement and reference stands there once."), what=", ".join(wrong),
        )  # fmt: skip
    return bool(wrong)


def _resolved(
    told_deal: ToldDeal, line: int, problems: Problems, now: datetime
) -> ResolvedDeal | None:
    found = resolve(terms_of(told_deal.terms), reference_data(), now=now)
    if isinstance(found, Check):
        _tell(line, found.problems, problems)
        return None
    return found


def _is_cleared(deal: ResolvedDeal) -> bool:
    return deal.terms.clearing is not None and deal.terms.clearing.mode == "CCP"


def _tell(line: int, found: Sequence[FieldProblem], problems: Problems) -> None:
    for each in found:
        problems.found.append(
            FieldProblem(
                f"/{DEALS}/{line}{each.pointer}", each.code, each.detail, each.hint, each.facts
            )
        )


def placed(
    deals: Deals, names: Names, problems: Problems, rows: Mapping[int, Deal]
) -> list[Placed]:
    """The settlements of deals that are written, with keys for what they name."""
    places = {row.code: row for row in Place.objects.all()}
    ssis, flows = _instructions(), _flows(rows)
    currencies = {row.asset_id: row.minor_unit for row in reference_data().currencies.values()}
    found = []
    for number, rows_of_deal in deals.settlements.items():
        deal = rows[number]
        for line, each in rows_of_deal:
            where, before = (DEALS, line), len(problems.found)
            place = places.get(each.place)
            account = each.instruction
            ssi_id = ssis.get((deal.counterparty_id, each.place, *_details(account)))
            if place is None or ssi_id is None:
                unknown(problems, where, f"{each.place} {account.depository_account}")
                continue
            asset = names.find(names.assets, each.asset, where, problems)
            money = names.find(names.assets, each.money_asset, where, problems)
            owed = _owed(each, deal, flows, names, where, problems)
            if asset is not None and money is not None and len(problems.found) == before:
                found.append(
                    Placed(
                        each, deal, place.pk, place.finality == "INTERNAL", ssi_id, asset, money,
                        currencies.get(money, 4), owed,
                    )
                )  # fmt: skip
    return found


Flows = dict[tuple[Any, ...], list[int]]


def _flows(deals: Mapping[int, Deal]) -> Flows:
    """The flows of deals by what is said of them: of equals in their order."""
    found: Flows = {}
    for flow in Flow.objects.filter(deal_id__in=list(deals)).order_by("pk"):
        key = flow.deal_id, flow.kind, flow.direction, flow.asset_id, flow.due_date
        found.setdefault(key, []).append(flow.pk)
    return found


def _owed(
    each: Told, deal: Deal, flows: Flows, names: Names, where: tuple[str, int], problems: Problems
) -> list[tuple[int, int]]:
    """The flow and the asset of each obligation. A flow that several settlements settle is told by each of them."""
    found, taken = [], Counter[Any]()
    for owed in each.obligations:
        asset_id = names.find(names.assets, owed.asset, where, problems)
        if asset_id is None:
            continue
        key = deal.pk, owed.kind, owed.direction, asset_id, owed.due_date
        ids = flows.get(key, [])
        if taken[key] == len(ids):
            problems.add(
                *where, "no-such-flow",
                gettext_noop("S-%(number)s settles %(kind)s of %(asset)s on %(day)s, which the deal does not promise."),
                gettext_noop("Compare what the deal comes to by its terms with what it settles."),
                number=each.number, kind=owed.kind, asset=owed.asset, day=owed.due_date,
            )  # fmt: skip
            continue
        found.append((ids[taken[key]], asset_id))
        taken[key] += 1
    return found


def _details(row: Any) -> tuple[Any, ...]:
    return row.depository_account, row.cash_account, row.valid_from


def _instructions() -> dict[tuple[Any, ...], int]:
    """Standing instructions that were approved once, the latest of equals."""
    rows = StandingInstruction.objects.exclude(approved_by=None).select_related("place")
    return {(row.party_id, row.place.code, *_details(row)): row.pk for row in rows.order_by("pk")}
