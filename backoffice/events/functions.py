"""The SQL functions that give every fact its place in the order of commits.

`tx_now()` is the number of the transaction that writes; `tx_horizon()` is the number below which
every transaction has ended. A row with `recorded_tx < horizon` can neither appear nor vanish later.
"""

from django.db.models import BigIntegerField, Func


class TxNow(Func):
    """The number of the present transaction, as a column default."""

    function = "tx_now"
    output_field = BigIntegerField()
