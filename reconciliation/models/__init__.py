"""What banks say, what of it is in our books, and what differs: one file a subject."""

from reconciliation.models.breaks import Break
from reconciliation.models.matching import (
    Match,
    MatchItem,
    ReconciledAccount,
    ReconciledNostro,
    Reconciliation,
)
from reconciliation.models.statements import RepeatedLine, Statement, StatementLine

__all__ = (
    "Break",
    "Match",
    "MatchItem",
    "ReconciledAccount",
    "ReconciledNostro",
    "Reconciliation",
    "RepeatedLine",
    "Statement",
    "StatementLine",
)
