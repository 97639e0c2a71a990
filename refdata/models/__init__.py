"""Reference data, one file a subject."""

from refdata.models.accounts import DepositoryAccount, NostroAccount, Place, StandingInstruction
from refdata.models.assets import (
    Asset,
    Currency,
    CurrencyCalendar,
    CurrencyPair,
    Instrument,
    InstrumentIdentifier,
)
from refdata.models.calendars import Calendar, CalendarDay, SettlementCycle
from refdata.models.directories import Market
from refdata.models.parties import Book, BookScope, Entity, Party, PartyIdentifier
from refdata.models.prices import FeeSchedule, FxRate, Price

__all__ = [
    "Asset",
    "Book",
    "BookScope",
    "Calendar",
    "CalendarDay",
    "Currency",
    "CurrencyCalendar",
    "CurrencyPair",
    "DepositoryAccount",
    "Entity",
    "FeeSchedule",
    "FxRate",
    "Instrument",
    "InstrumentIdentifier",
    "Market",
    "NostroAccount",
    "Party",
    "PartyIdentifier",
    "Place",
    "Price",
    "SettlementCycle",
    "StandingInstruction",
]
