"""Reference data, one file a subject."""

from refdata.models.accounts import DepositoryAccount, NostroAccount, Place, StandingInstruction
from refdata.models.admissions import PartyAdmission
from refdata.models.agreements import Agreement, AgreementSeries
from refdata.models.assets import (
    Asset,
    BondPayment,
    BondTerms,
    Currency,
    CurrencyCalendar,
    CurrencyIdentifier,
    CurrencyPair,
    Instrument,
    InstrumentIdentifier,
)
from refdata.models.calendars import Calendar, CalendarDay, SettlementCycle
from refdata.models.contacts import CallBack, PartyContact
from refdata.models.custody import (
    AccountMember,
    CreditLine,
    Earmark,
    Restriction,
    StatedPosition,
    UseRight,
)
from refdata.models.dated_rules import DatedRule
from refdata.models.directories import (
    Bank,
    BankAccount,
    IbanStructure,
    LegalEntity,
    ListedCompany,
    ListedSecurity,
    Market,
)
from refdata.models.firm_profiles import FirmProfile
from refdata.models.individuals import IndividualDetails
from refdata.models.parties import (
    Book,
    BookScope,
    Entity,
    Party,
    PartyGroup,
    PartyIdentifier,
)
from refdata.models.prices import FeeSchedule, FxRate, InterestRate, Price, Source
from refdata.models.processes import CaseReaction, CaseStep, ProcessCase
from refdata.models.proposals import Proposal
from refdata.models.screening import (
    SanctionsEntry,
    SanctionsMember,
    SanctionsVersion,
    Screening,
    ScreeningHit,
    ScreeningRun,
    ScreeningStanding,
)
from refdata.models.uploads import Upload

__all__ = [
    "AccountMember",
    "Agreement",
    "AgreementSeries",
    "Asset",
    "Bank",
    "BankAccount",
    "BondPayment",
    "BondTerms",
    "Book",
    "BookScope",
    "Calendar",
    "CalendarDay",
    "CallBack",
    "CaseReaction",
    "CaseStep",
    "CreditLine",
    "Currency",
    "CurrencyCalendar",
    "CurrencyIdentifier",
    "CurrencyPair",
    "DatedRule",
    "DepositoryAccount",
    "Earmark",
    "Entity",
    "FeeSchedule",
    "FirmProfile",
    "FxRate",
    "IbanStructure",
    "IndividualDetails",
    "Instrument",
    "InstrumentIdentifier",
    "InterestRate",
    "LegalEntity",
    "ListedCompany",
    "ListedSecurity",
    "Market",
    "NostroAccount",
    "Party",
    "PartyAdmission",
    "PartyContact",
    "PartyGroup",
    "PartyIdentifier",
    "Place",
    "Price",
    "ProcessCase",
    "Proposal",
    "Restriction",
    "SanctionsEntry",
    "SanctionsMember",
    "SanctionsVersion",
    "Screening",
    "ScreeningHit",
    "ScreeningRun",
    "ScreeningStanding",
    "SettlementCycle",
    "Source",
    "StandingInstruction",
    "StatedPosition",
    "Upload",
    "UseRight",
]
