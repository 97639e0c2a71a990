"""A clearing house's figure as it is posted, and reading it: every problem at once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from backoffice.access.models import User
from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.schema import object_in, shaped
from deals.terms import Day, Number, Text
from deals.told import day_told, own_book, unknown
from refdata.scopes import OutOfScope, scope_of
from refdata.selectors import ReferenceData, reference_data
from settlements.clearing.keys import Key
from settlements.clearing.receiving import Parsed


class Told(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What they say of one account, asset and date: above zero they owe us, below we owe them.

    `asset` is an ISIN or a currency. `owner` is whose account it is; without it our own entity's.
    """

    entity: Text
    ccp: Text
    asset: Text
    due_date: Day
    quantity: Number
    account: Text | None = None
    owner: Text | None = None
    document: Text | None = None


class InvalidFigure(Invalid):
    code = "invalid-figure"
    title = gettext_noop("The figure cannot be taken as it is")
    detail = gettext_noop("%(count)s problems were found.")
    hint = gettext_noop("Mend the members named in errors and send it again.")


def read_figure(raw: bytes | str) -> Told:
    """The figure in a JSON object. Raises Unreadable or WrongShape."""
    return figure_of(object_in(raw))


def figure_of(document: Mapping[str, Any]) -> Told:
    """The figure in a decoded object; files and pages take this way too. Raises WrongShape."""
    return shaped(document, Told)


def take_figure(told: Told, *, actor: User) -> Parsed:
    """The figure of an entity that the actor sees whole. Raises InvalidFigure, OutOfScope."""
    parsed = parse_figure(told, reference_data())
    if not scope_of(actor).covers(entity_id=parsed.key.entity_id):
        raise OutOfScope(what=told.entity)
    return parsed


def parse_figure(told: Told, reference: ReferenceData) -> Parsed:
    """Everything looked up and read. Raises InvalidFigure, with all problems at once."""
    problems: list[FieldProblem] = []
    entity = own_book(told.entity, reference)
    if entity is None:
        problems.append(unknown("entity", told.entity))
    house = _party("ccp", told.ccp, reference, problems)
    owner_id = entity.own_party_id if entity else None
    if told.owner is not None:
        owner_id = _party("owner", told.owner, reference, problems)
    currency = reference.currencies.get(told.asset)
    asset = currency or reference.instruments.get(told.asset)
    if asset is None:
        problems.append(unknown("asset", told.asset))
    quantity = _quantity(told.quantity, currency.minor_unit if currency else 8, problems)
    due_date = day_told("due_date", told.due_date, problems)
    if problems:
        raise InvalidFigure(problems, count=len(problems))
    assert entity and house is not None and owner_id is not None and asset
    assert quantity is not None and due_date is not None
    key = Key(entity.entity_id, house, told.account or "", owner_id, asset.asset_id, due_date)
    return Parsed(key, quantity, told.document or "")


def _party(
    name: str, code: str, reference: ReferenceData, problems: list[FieldProblem]
) -> int | None:
    found = reference.parties.get(code)
    if found is None:
        problems.append(unknown(name, code))
        return None
    return found.id


def _quantity(text: str, scale: int, problems: list[FieldProblem]) -> Decimal | None:
    try:
        return parse(text, scale=scale)
    except ValueError:
        problems.append(FieldProblem(
            "/quantity", "not-a-number",
            gettext_noop("%(value)s is not a number of so many decimals as the asset has."),
            gettext_noop("Write it in plain notation; below zero is what we owe them."), {"value": text},
        ))  # fmt: skip
        return None
