"""What an open settlement waits for: one thing at a time, the first that stands in its way, and whose turn it is.

The market's reason codes are kept (rules, section 2); what waits inside the firm has words of its own.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from settlements.advising.reasons import WHO_ACTS, Acts, Reason
from settlements.models import Settlement

# As the partial index `settlement_open` says it.
OPEN = ~Q(settlement="SETTLED") & ~Q(cancellation="AGREED")
# A settlement on the net stands for the members of its set: they move with it, and are not counted beside it.
_NET = Settlement.objects.filter(source_type="set", source_id=OuterRef("netted_by_id"))
NETTED = Q(netted_by__isnull=False) & Exists(_NET.exclude(cancellation="AGREED"))

# In the order in which they stand in the way.
_IN_THE_WAY: tuple[tuple[Q, Any], ...] = (
    (Q(cancellation="REQUESTED"), Value("CANCEL")),
    (Q(approval="REJECTED"), Value("REPAIR")),
    (Q(approval="PREPARED"), Value("RELEASE")),
    (Q(transmission="REJECTED"), Value("BOUNCED")),
    (Q(hold="OURS"), Value("PREA")),
    (Q(hold="THEIRS"), Value("PRCY")),
    (Q(hold="CSD"), Value("CSDH")),
    (Q(reason__in=Reason.values), F("reason")),
    (~Q(reason=""), Value("OTHER")),
    (Q(transmission="NONE", place__finality="EXTERNAL"), Value("SEND")),
    (~Q(matching="MATCHED"), Value("CMIS")),
    (Q(place__finality="INTERNAL"), Value("RUN")),
)
WAITS = Case(
    *(When(condition, then=code) for condition, code in _IN_THE_WAY),
    default=Value("PLACE"),
    output_field=CharField(),
)

# Beside the market's codes, whose words stand in `Reason`.
WORDS: dict[str, Any] = {
    "CANCEL": _("The other side has not answered our cancellation"),
    "REPAIR": _("Sent back, to be repaired"),
    "RELEASE": _("Not released yet"),
    "BOUNCED": _("The place has rejected the instruction"),
    "CSDH": _("Held by the depository"),
    "OTHER": _("A reason that only the place knows"),
    "SEND": _("Not sent yet"),
    "RUN": _("For the next run"),
    "PLACE": _("With the place, nothing stands in the way"),
}
OURS = frozenset(WORDS) - {"CSDH"}

# Whose turn it is, beside the reasons of the market and our own (`WHO_ACTS`).
ACTS: dict[str, Any] = {
    "CANCEL": Acts.CHASE.label, "REPAIR": Acts.OPERATIONS.label, "RELEASE": Acts.RELEASE.label,
    "BOUNCED": Acts.OPERATIONS.label, "CSDH": _("the place"), "OTHER": _("the place"),
    "SEND": _("the next run"), "RUN": _("the next run"), "PLACE": _("the place"),
} | {reason.value: acts.label for reason, acts in WHO_ACTS.items()}  # fmt: skip


def wait_words(code: str) -> str:
    """What is waited for in words; a code that is the market's stands behind them."""
    if code in OURS:
        return str(WORDS[code])
    words = dict(Reason.choices).get(code) or WORDS.get(code)
    return f"{words} · {code}" if words else code


def who_acts(code: str) -> Any:
    """Whose turn it is; nothing for a code of which nobody has said it."""
    return ACTS.get(code, "")


def wait_choices() -> list[tuple[str, Any]]:
    """Every code with its words, as a list offers them."""
    market = [(str(code), words) for code, words in Reason.choices if code not in WORDS]
    return [*WORDS.items(), *market]
