"""The kinds of dated rules that statements, lots and the tax on them follow: each stands beside what it computes."""

from __future__ import annotations

from ledger.accounting.plan import PLAN
from ledger.accounting.regular_way import POLICY
from ledger.lots.methods import LOT_METHODS
from ledger.ndfl.bases import SET_OFFS, TAX_BASES
from ledger.ndfl.brackets import BRACKETS
from ledger.ndfl.codes import CODES
from ledger.ndfl.fx_date import FX_DATE
from ledger.ndfl.long_term import LONG_TERM
from ledger.ndfl.transfer import TRANSFER_DAYS
from refdata.dated_rules.kinds import declare

declare(
    POLICY,
    PLAN,
    LOT_METHODS,
    FX_DATE,
    TAX_BASES,
    SET_OFFS,
    BRACKETS,
    LONG_TERM,
    TRANSFER_DAYS,
    CODES,
)
