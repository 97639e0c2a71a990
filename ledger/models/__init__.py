"""The books, one file a subject."""

from ledger.lots.models import LotChange, LotConversion, LotPool
from ledger.models.days import BusinessDay, DaySchedule, Night, NightStep, OpenPoint, Valuation
from ledger.models.journal import Fold, Holding, JournalEntry, LedgerAccount, Movement, Posting
from ledger.models.periods import BusinessPeriod
from ledger.ndfl.models import NdflIncome, NdflPay, NdflWithholding

__all__ = [
    "BusinessDay",
    "BusinessPeriod",
    "DaySchedule",
    "Fold",
    "Holding",
    "JournalEntry",
    "LedgerAccount",
    "LotChange",
    "LotConversion",
    "LotPool",
    "Movement",
    "NdflIncome",
    "NdflPay",
    "NdflWithholding",
    "Night",
    "NightStep",
    "OpenPoint",
    "Posting",
    "Valuation",
]
