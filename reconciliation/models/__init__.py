"""What banks say, what of it is in our books, and what differs: one file a subject."""

from reconciliation.models.breaks import Break
from reconciliation.models.counterparties import CounterpartyPosition, CounterpartyStatement
from reconciliation.models.matching import (
    Match,
    ReconciledAccount,
    ReconciledNostro,
    Reconciliation,
)
from reconciliation.models.statements import RepeatedLine, Statement, StatementLine

__all__ = (
    "Break",
    "CounterpartyPosition",
    "CounterpartyStatement",
    "Match",
    "ReconciledAccount",
    "ReconciledNostro",
    "Reconciliation",
    "RepeatedLine",
    "Statement",
    "StatementLine",
)
