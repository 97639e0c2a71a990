"""The kinds of limits, and the lives of reservations, breaches, overrides and changes of caps.

HELD --commit--> COMMITTED --release--> RELEASED
  |---release--> RELEASED
  |---expire---> EXPIRED

A breach: OPEN --explain--> EXPLAINED; both --accept (an override covers it)--> ACCEPTED, both
--cure (nothing is beyond the limit any more)--> CURED.

An override: PROPOSED --approve (other eyes)--> APPROVED --activate--> IN_FORCE --expire--> EXPIRED.
A change of a cap: PROPOSED --approve (other eyes)--> APPROVED --apply--> IN_FORCE --supersede-->
SUPERSEDED. Both may be declined by other eyes while they are proposed, and withdrawn. A new limit, and
the end of one: PROPOSED --approve (other eyes)--> APPROVED --apply--> IN_FORCE, or --lapse--> EXPIRED
where meanwhile there is such a limit, or there is none any more.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class LimitKind(TextChoices):
    """What a limit caps, and by that its basis (domain-decisions 19)."""

    DEALER = "DEALER", _("Dealer")
    COUNTERPARTY_PRESETTLEMENT = "COUNTERPARTY_PRESETTLEMENT", _("Counterparty, pre-settlement")
    COUNTERPARTY_SETTLEMENT = "COUNTERPARTY_SETTLEMENT", _("Counterparty, settlement day")
    NOSTRO = "NOSTRO", _("Nostro")
    BOOK = "BOOK", _("Book")
    INSTRUMENT = "INSTRUMENT", _("Instrument")
    ISSUER = "ISSUER", _("Issuer")
    TENOR = "TENOR", _("Tenor")
    OPEN_CURRENCY_POSITION = "OPEN_CURRENCY_POSITION", _("Open currency position")
    OPEN_CURRENCY_TOTAL = "OPEN_CURRENCY_TOTAL", _("Open currency position, in total")
    STOP_LOSS = "STOP_LOSS", _("Stop-loss of the day")


# Of these what is held counts at its last price, whichever deal brought it (decision 0150).
HOLDINGS = (LimitKind.INSTRUMENT, LimitKind.ISSUER)
# What a deal adds to these has a sign, and stays when the deal is settled: used is the absolute sum.
POSITIONS = (LimitKind.OPEN_CURRENCY_POSITION, *HOLDINGS)
SIGNED = ("deal", "holding")  # the sources that add to positions


class Tenor(TextChoices):
    """How long a deal, or what is dealt, still runs: a bucket ends where the next begins."""

    UP_TO_1M = "UP_TO_1M", _("Up to a month")
    UP_TO_1Y = "UP_TO_1Y", _("Over a month, up to a year")
    UP_TO_5Y = "UP_TO_5Y", _("Over a year, up to 5 years")
    UP_TO_10Y = "UP_TO_10Y", _("Over 5 years, up to 10 years")
    OVER_10Y = "OVER_10Y", _("Over 10 years")


class ReservationState(TextChoices):
    """A reservation is a mechanism, not a document: the limit's events tell its story."""

    HELD = "HELD", _("Held")
    COMMITTED = "COMMITTED", _("Committed")
    RELEASED = "RELEASED", _("Released")
    EXPIRED = "EXPIRED", _("Expired")


class BreachState(TextChoices):
    OPEN = "OPEN", _("Open")
    EXPLAINED = "EXPLAINED", _("Explained")
    ACCEPTED = "ACCEPTED", _("Accepted")
    CURED = "CURED", _("Cured")


LIVE_BREACHES = (BreachState.OPEN, BreachState.EXPLAINED)


class BreachCause(TextChoices):
    """What brought more under a limit than it allows."""

    DEAL = "DEAL", _("An executed deal")
    RECOMPUTE = "RECOMPUTE", _("Exposures were recomputed")
    PRICE = "PRICE", _("Prices or rates moved")
    LOSS = "LOSS", _("The loss of the day")
    OVERRIDE = "OVERRIDE", _("An override ended")
    CAP = "CAP", _("The cap was lowered")


class ChangeState(TextChoices):
    """What a proposed override, cap, limit or end of a limit has become."""

    PROPOSED = "PROPOSED", _("Proposed")
    APPROVED = "APPROVED", _("Approved")
    IN_FORCE = "IN_FORCE", _("In force")
    EXPIRED = "EXPIRED", _("Expired")
    SUPERSEDED = "SUPERSEDED", _("Superseded")
    DECLINED = "DECLINED", _("Declined")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


BREACH_LIFECYCLE = Lifecycle(
    subject="breach",
    states=BreachState.values,
    initial=BreachState.OPEN,
    transitions=[
        Transition(name="explain", sources=LIVE_BREACHES, target=BreachState.EXPLAINED),
        Transition(name="accept", sources=LIVE_BREACHES, target=BreachState.ACCEPTED, by_rule=True),
        Transition(name="cure", sources=LIVE_BREACHES, target=BreachState.CURED, by_rule=True),
    ],
)

_PROPOSED, _APPROVED, _IN_FORCE = (
    ChangeState.PROPOSED, ChangeState.APPROVED, ChangeState.IN_FORCE,
)  # fmt: skip
_DECIDED = (
    Transition(name="approve", sources=(_PROPOSED,), target=_APPROVED, four_eyes=True),
    Transition(name="decline", sources=(_PROPOSED,), target=ChangeState.DECLINED, four_eyes=True),
)

OVERRIDE_LIFECYCLE = Lifecycle(
    subject="override",
    states=[each for each in ChangeState.values if each != ChangeState.SUPERSEDED],
    initial=_PROPOSED,
    transitions=[
        *_DECIDED,
        Transition(
            name="withdraw",
            sources=(_PROPOSED, _APPROVED, _IN_FORCE),
            target=ChangeState.WITHDRAWN,
        ),
        Transition(name="activate", sources=(_APPROVED,), target=_IN_FORCE, by_rule=True),
        Transition(
            name="expire",
            sources=(_PROPOSED, _APPROVED, _IN_FORCE),
            target=ChangeState.EXPIRED,
            by_rule=True,
        ),
    ],
)

CAP_LIFECYCLE = Lifecycle(
    subject="cap",
    states=[each for each in ChangeState.values if each != ChangeState.EXPIRED],
    initial=_PROPOSED,
    transitions=[
        *_DECIDED,
        Transition(name="withdraw", sources=(_PROPOSED, _APPROVED), target=ChangeState.WITHDRAWN),
        Transition(name="apply", sources=(_APPROVED,), target=_IN_FORCE, by_rule=True),
        Transition(
            name="supersede", sources=(_IN_FORCE,), target=ChangeState.SUPERSEDED, by_rule=True
        ),
    ],
)


def _of_a_limit(subject: str) -> Lifecycle:
    return Lifecycle(
        subject=subject,
        states=[each for each in ChangeState.values if each != ChangeState.SUPERSEDED],
        initial=_PROPOSED,
        transitions=[
            *_DECIDED,
            Transition(
                name="withdraw", sources=(_PROPOSED, _APPROVED), target=ChangeState.WITHDRAWN
            ),
            Transition(name="apply", sources=(_APPROVED,), target=_IN_FORCE, by_rule=True),
            Transition(
                name="lapse", sources=(_APPROVED,), target=ChangeState.EXPIRED, by_rule=True
            ),
        ],
    )


OPENING_LIFECYCLE = _of_a_limit("opening")
CLOSING_LIFECYCLE = _of_a_limit("closing")
