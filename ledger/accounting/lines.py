"""Which line of the statements an account of our books belongs to. Pure.

Our books count assets, each in its own measure; all accounts together have nothing of any asset. So whatever an asset
is worth, all lines together come to nothing: assets are liabilities, equity and results, by the shape of a posting.
"""

from __future__ import annotations

from decimal import Decimal

from ledger.accounting.chart import Line
from ledger.state import AccountKind

# What is measured at what the asset is worth on the day: money and securities, and what is owed of them.
_HELD = frozenset({AccountKind.CASH, AccountKind.HOLDING})
_OWED = frozenset({
    AccountKind.SETTLEMENT, AccountKind.NETTING, AccountKind.CONVERSION, AccountKind.USE, AccountKind.RECEIVABLE,
})  # fmt: skip
_OTHERS = frozenset({AccountKind.SUPPLIER, AccountKind.STAFF})
_BUDGET = frozenset({AccountKind.VAT, AccountKind.TAX, AccountKind.SOCIAL})
# What is measured as of the day that it came of, and does not change with the asset any more (IAS 21.21, 21.23).
AS_OF_ITS_DAY = {
    AccountKind.OPENING: Line.CAPITAL, AccountKind.FEES: Line.FEES, AccountKind.INTEREST: Line.INTEREST,
    AccountKind.INCOME: Line.INTEREST, AccountKind.PENALTIES: Line.PENALTIES,
    AccountKind.WRITE_OFF: Line.WRITE_OFFS, AccountKind.PERSONNEL: Line.STAFF_COSTS,
    AccountKind.EXPENSE: Line.RUNNING_COSTS, AccountKind.FIXED_ASSET: Line.FIXED_ASSETS,
    AccountKind.ACCUMULATED: Line.FIXED_ASSETS, AccountKind.DEPRECIATION: Line.DEPRECIATION,
    AccountKind.DISPOSAL: Line.DISPOSALS,
}  # fmt: skip


def line_of(kind: AccountKind, *, is_money: bool, amount: Decimal, of_asset: Decimal) -> Line:
    """The line of an account of ours with an amount of an asset, of which all that we have comes to `of_asset`."""
    if kind in AS_OF_ITS_DAY:
        return AS_OF_ITS_DAY[kind]
    if kind in _BUDGET:
        return Line.BUDGET
    if kind == AccountKind.POSITION:
        return Line.GAINS
    if not is_money:
        return Line.SOLD_SHORT if of_asset < 0 else Line.FVTPL
    if kind in _HELD:
        return Line.CASH
    if kind in _OTHERS:
        return Line.OTHER_RECEIVABLES if amount > 0 else Line.OTHER_PAYABLES
    return Line.RECEIVABLES if amount > 0 else Line.PAYABLES


def line_of_another(kind: AccountKind, *, is_money: bool) -> Line:
    """The line of an account of a client, or of whoever else has one with us.

    Their securities are no assets of ours (they are in custody): with whatever else is theirs they cancel out, but for
    their money, which we keep and owe.
    """
    return Line.CLIENTS_MONEY if kind == AccountKind.CASH and is_money else Line.DUE_TO_CLIENTS


def is_measured(kind: AccountKind) -> bool:
    """Whether it counts in what we have of an asset: what is held, and what is owed to us or by us."""
    return kind in _HELD | _OWED | _OTHERS
