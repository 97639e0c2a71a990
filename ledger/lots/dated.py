"""Which methods a purpose admits on a day, by the dated rule in force."""

from __future__ import annotations

from datetime import date

from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from ledger.lots.methods import LOT_METHODS, Method, Purpose, allows
from refdata.dated_rules.selectors import rule_in_force


class MethodNotAllowed(Invalid):
    code = "method-not-allowed-for-purpose"
    title = gettext_noop("That method is not allowed for that purpose")
    detail = gettext_noop("%(method)s is not among the methods of %(purpose)s: %(allowed)s.")
    hint = gettext_noop("Choose one of these methods, or another purpose.")


def require_method(method: Method, purpose: Purpose, *, on: date) -> None:
    """Raises MethodNotAllowed for a method that the purpose does not admit on a day, or NoRuleInForce."""
    rule = rule_in_force(LOT_METHODS, on, purpose.value)
    if not allows(rule, method):
        raise MethodNotAllowed(
            method=method.value, purpose=purpose.value,
            allowed=", ".join(each.value for each in Method if allows(rule, each)) or "–",
        )  # fmt: skip
