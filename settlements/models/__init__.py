"""Settlements and the runs that decide about them, one file a subject."""

from settlements.models.comparing import RunComparison
from settlements.models.links import LinkEnd, SettlementLink
from settlements.models.netting import NettingMember, NettingSet
from settlements.models.parts import SettlementPart, StatusAdvice
from settlements.models.plans import (
    RunBudget,
    RunDecision,
    RunExplanation,
    RunPlan,
    RunShard,
)
from settlements.models.queues import RunQueue
from settlements.models.runs import RunCycle, SettlementRun
from settlements.models.settlement import (
    Evidence,
    EvidenceClaim,
    Obligation,
    PaymentDeadline,
    Settlement,
)
from settlements.models.transforming import MarketClaim, RecordEvent, Transformation

__all__ = (
    "Evidence",
    "EvidenceClaim",
    "LinkEnd",
    "MarketClaim",
    "NettingMember",
    "NettingSet",
    "Obligation",
    "PaymentDeadline",
    "RecordEvent",
    "RunBudget",
    "RunComparison",
    "RunCycle",
    "RunDecision",
    "RunExplanation",
    "RunPlan",
    "RunQueue",
    "RunShard",
    "Settlement",
    "SettlementLink",
    "SettlementPart",
    "SettlementRun",
    "StatusAdvice",
    "Transformation",
)
