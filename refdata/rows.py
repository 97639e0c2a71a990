"""The rows of the snapshot that capture looks things up in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class BookRow(NamedTuple):
    id: int
    code: str
    entity_id: int
    entity_code: str
    own_party_id: int


class ScopeRow(NamedTuple):
    """An entity that a person sees, or one book of it."""

    entity_id: int
    book_id: int | None


class AdmissionRow(NamedTuple):
    """What the file of a party says about dealing with it."""

    file: str
    stopped: str
    until: date | None
    ends: str

    def reason_on(self, on: date) -> str:
        """The code of the reason for which a party is not dealt with on a day; empty where it is."""
        if self.stopped:
            return self.stopped
        return self.ends if self.until is not None and on >= self.until else ""


class PartyRow(NamedTuple):
    id: int
    code: str
    name: str
    status: str
    roles: tuple[str, ...]
    group_id: int | None = None
    admissions: Mapping[str, AdmissionRow] | None = None  # by role; none: it has no file


class InstrumentRow(NamedTuple):
    asset_id: int
    code: str
    name: str
    kind: str
    currency: str
    market: str
    status: str
    issuer_id: int | None = None
    issuer_group_id: int | None = None
    matures_on: date | None = None
    issue_size: int | None = None


class CurrencyRow(NamedTuple):
    asset_id: int
    code: str
    minor_unit: int


class PairRow(NamedTuple):
    """A currency pair as the market writes it, from one trade date to another."""

    base: str
    quote: str
    spot_days: int
    valid_from: date
    valid_until: date | None


class SourceRow(NamedTuple):
    """After how many days what a source said is stale: working days of a calendar, or calendar days."""

    code: str
    stale_after_days: int
    calendar: str | None


class CurrencyCalendarRow(NamedTuple):
    currency: str
    calendar: str
    valid_from: date
    valid_until: date | None


class FeeRow(NamedTuple):
    """What a deal costs with its settlement, by one schedule."""

    entity_id: int
    product: str
    market: str
    counterparty_id: int | None
    capacity: str
    basis: str
    rate: Decimal
    tier_from: Sequence[Decimal]
    tier_rates: Sequence[Decimal]
    whole_tiers: bool
    minimum: Decimal
    maximum: Decimal | None
    rounding: str
    currency: str
    valid_from: date
    valid_until: date | None
