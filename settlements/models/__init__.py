"""Settlements and the runs that decide about them, one file a subject."""

from settlements.models.runs import RunBalance, RunDecision, RunShard, SettlementRun
from settlements.models.settlement import (
    Evidence,
    EvidenceClaim,
    Obligation,
    PaymentDeadline,
    Settlement,
    SettlementLink,
)

__all__ = (
    "Evidence",
    "EvidenceClaim",
    "Obligation",
    "PaymentDeadline",
    "RunBalance",
    "RunDecision",
    "RunShard",
    "Settlement",
    "SettlementLink",
    "SettlementRun",
)
