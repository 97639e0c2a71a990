"""Pages of lots: the pools there are, and in one of them what is open and what each sale consumed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone

from backoffice.desk import listings
from backoffice.desk.base import tell_refusal
from backoffice.desk.ledger import AtMoment
from backoffice.desk.lists import ListView
from backoffice.kernel.errors import Refusal
from ledger.lots.dated import require_method
from ledger.lots.methods import Method, Purpose
from ledger.lots.selectors import FAR, books_of, lots_of, pool_of
from refdata.firm_days import firm_day
from refdata.scopes import scope_of

SHOWN = 200


class LotPools(ListView):
    permission = "ledger.view_ledger"
    listing = listings.LOTS


class ShowPool(AtMoment):
    """The newest closings and all open lots, to a bound; both say how many there are."""

    template_name = "ledger/lots.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pool = pool_of(kwargs["reference"], visible_to=self.user)
        scope = scope_of(self.user)
        as_of, known = self.moment()
        query = self.request.GET
        asked, book = query.get("method", ""), query.get("book", "")
        method = Method(asked) if asked in METHODS else Method.FIFO
        context = {
            "pool": pool, "known": known, "method": method, "book": book, "books": books_of(pool.pk, scope=scope),
            "methods": [(m.value, m.label) for m in METHODS.values()], "shown": SHOWN,
        }  # fmt: skip
        day = firm_day(timezone.now()) if as_of == FAR else as_of
        try:
            require_method(method, Purpose.MANAGEMENT, on=day)
            found = lots_of(
                pool.pk, method=method, book=book, as_of=as_of, known=known, scope=scope
            )
        except Refusal as refusal:
            tell_refusal(self.request, refusal)
            return context
        lots, closings = found.matched.lots, found.matched.closings
        return context | {
            "currency": found.currency,
            "lots": lots[:SHOWN], "lot_count": len(lots),
            "open_quantity": sum((x.quantity for x in lots), Decimal(0)),
            "open_amount": sum((x.gross for x in lots), Decimal(0)) if found.currency else None,
            "closings": closings[::-1][:SHOWN], "closing_count": len(closings),
            "result": sum((c.result for c in closings), Decimal(0)) if found.currency else None,
        }  # fmt: skip


METHODS = {method.value: method for method in Method if method != Method.SPECIFIC}
