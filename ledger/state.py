"""The kinds of accounts in our chart, and the lives of a business day, its nights and their steps.

Business day    OPEN --close--> CLOSING --seal--> CLOSED --sign_off (other eyes)--> SIGNED_OFF
                SIGNED_OFF --ask_reopen--> REOPENING --approve_reopen (other eyes)--> CLOSING, and every day after it
Period          OPEN --close--> CLOSING --seal--> CLOSED --sign_off (other eyes)--> SIGNED_OFF
                   any of the last three --reopen (with a day of it)--> CLOSING
Night           RUNNING --break_off--> BROKEN --restart--> RUNNING --complete--> COMPLETED
                   RUNNING or BROKEN --overtake (its day is open again)--> OVERTAKEN
Step            PENDING --start--> RUNNING --complete--> DONE
                   ^                  |--break_off--> FAILED
                   |------restart (a person)------------|
Open point      OPEN --explain--> EXPLAINED      both --vanish--> GONE --recur--> OPEN
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class AccountKind(TextChoices):
    """What an account counts. Every account also names its owner, and what else it needs."""

    HOLDING = "HOLDING", _("Securities held at a place")
    CASH = "CASH", _("Money at a place")
    SETTLEMENT = "SETTLEMENT", _("Settlements with a counterparty")
    NETTING = "NETTING", _("Netting between members and their net")
    CONVERSION = "CONVERSION", _("Securities that become others")
    USE = "USE", _("Clients' assets in our use, owed back")
    INCOME = "INCOME", _("Income of securities, claimed and paid on")
    RECEIVABLE = "RECEIVABLE", _("Income of securities, owed to the owner")
    POSITION = "POSITION", _("Position of a book")
    FEES = "FEES", _("Fees and commissions")
    VAT = "VAT", _("VAT with the budget")
    INTEREST = "INTEREST", _("Interest received and paid")
    PENALTIES = "PENALTIES", _("Penalties for settlement fails")
    WRITE_OFF = "WRITE_OFF", _("Differences written off")
    TAX = "TAX", _("Tax withheld, owed to the budget")
    OPENING = "OPENING", _("Opening balances and transfers")
    SUPPLIER = "SUPPLIER", _("Settlements with a supplier")
    STAFF = "STAFF", _("Pay, owed to employees")
    SOCIAL = "SOCIAL", _("Social contributions, owed to the budget")
    PERSONNEL = "PERSONNEL", _("Pay and social contributions")
    EXPENSE = "EXPENSE", _("Expenses of running the firm")
    FIXED_ASSET = "FIXED_ASSET", _("Equipment and licences, at cost")
    ACCUMULATED = "ACCUMULATED", _("Depreciation so far")
    DEPRECIATION = "DEPRECIATION", _("Depreciation of the period")
    DISPOSAL = "DISPOSAL", _("Result of disposals of equipment and licences")


class DayState(TextChoices):
    OPEN = "OPEN", _("Open")
    CLOSING = "CLOSING", _("Closing")
    CLOSED = "CLOSED", _("Closed")
    SIGNED_OFF = "SIGNED_OFF", _("Signed off")
    REOPENING = "REOPENING", _("To be opened again")


CLOSED_FOR_ENTRIES = (DayState.CLOSED, DayState.SIGNED_OFF, DayState.REOPENING)

# Days, and months and years, are closed alike.
_IN_TURN = (
    Transition(name="close", sources=(DayState.OPEN,), target=DayState.CLOSING, by_rule=True),
    Transition(name="seal", sources=(DayState.CLOSING,), target=DayState.CLOSED, by_rule=True),
    Transition(
        name="sign_off",
        sources=(DayState.CLOSED,),
        target=DayState.SIGNED_OFF,
        four_eyes=True,
    ),
)

BUSINESS_DAY_LIFECYCLE = Lifecycle(
    subject="businessday",
    states=DayState.values,
    initial=DayState.OPEN,
    transitions=[
        *_IN_TURN,
        Transition(
            name="ask_reopen", sources=(DayState.SIGNED_OFF,), target=DayState.REOPENING, makes=True
        ),
        Transition(
            name="approve_reopen",
            sources=(DayState.REOPENING,),
            target=DayState.CLOSING,
            four_eyes=True,
        ),
        Transition(
            name="decline_reopen",
            sources=(DayState.REOPENING,),
            target=DayState.SIGNED_OFF,
            four_eyes=True,
        ),
        Transition(  # with a day before it
            name="reopen_with",
            sources=(DayState.CLOSING, *CLOSED_FOR_ENTRIES),
            target=DayState.CLOSING,
            by_rule=True,
        ),
    ],
)


class PeriodKind(TextChoices):
    MONTH = "MONTH", _("Month")
    YEAR = "YEAR", _("Year")


class PeriodState(TextChoices):
    OPEN = "OPEN", _("Open")
    CLOSING = "CLOSING", _("Closing")
    CLOSED = "CLOSED", _("Closed")
    SIGNED_OFF = "SIGNED_OFF", _("Signed off")


OVER = (PeriodState.CLOSING, PeriodState.CLOSED, PeriodState.SIGNED_OFF)

BUSINESS_PERIOD_LIFECYCLE = Lifecycle(
    subject="businessperiod",
    states=PeriodState.values,
    initial=PeriodState.OPEN,
    transitions=[
        *_IN_TURN,
        Transition(name="reopen", sources=OVER, target=PeriodState.CLOSING, by_rule=True),
    ],
)


class Stage(TextChoices):
    """FLASH is provisional and lists what is open; FINAL stands once all of that is explained.

    MONTH and YEAR close what is made of days that are signed off.
    """

    FLASH = "FLASH", _("Flash: provisional")
    FINAL = "FINAL", _("Final")
    MONTH = "MONTH", _("Month")
    YEAR = "YEAR", _("Year")


class NightState(TextChoices):
    RUNNING = "RUNNING", _("Running")
    BROKEN = "BROKEN", _("Broken off")
    COMPLETED = "COMPLETED", _("Completed")
    OVERTAKEN = "OVERTAKEN", _("Overtaken")


NIGHT_LIFECYCLE = Lifecycle(
    subject="night",
    states=NightState.values,
    initial=NightState.RUNNING,
    transitions=[
        Transition(
            name="break_off", sources=(NightState.RUNNING,), target=NightState.BROKEN, by_rule=True
        ),
        Transition(
            name="restart", sources=(NightState.BROKEN,), target=NightState.RUNNING, by_rule=True
        ),
        Transition(
            name="complete",
            sources=(NightState.RUNNING,),
            target=NightState.COMPLETED,
            by_rule=True,
        ),
        Transition(
            name="overtake",
            sources=(NightState.RUNNING, NightState.BROKEN),
            target=NightState.OVERTAKEN,
            by_rule=True,
        ),
    ],
)


class StepState(TextChoices):
    PENDING = "PENDING", _("Pending")
    RUNNING = "RUNNING", _("Running")
    DONE = "DONE", _("Done")
    FAILED = "FAILED", _("Failed")


NIGHT_STEP_LIFECYCLE = Lifecycle(
    subject="nightstep",
    states=StepState.values,
    initial=StepState.PENDING,
    transitions=[
        Transition(
            name="start", sources=(StepState.PENDING,), target=StepState.RUNNING, by_rule=True
        ),
        Transition(
            name="complete", sources=(StepState.RUNNING,), target=StepState.DONE, by_rule=True
        ),
        Transition(
            name="break_off", sources=(StepState.RUNNING,), target=StepState.FAILED, by_rule=True
        ),
        Transition(
            name="restart", sources=(StepState.FAILED,), target=StepState.PENDING, makes=True
        ),
    ],
)


class PointState(TextChoices):
    OPEN = "OPEN", _("Open")
    EXPLAINED = "EXPLAINED", _("Explained")
    GONE = "GONE", _("Gone")


OPEN_POINT_LIFECYCLE = Lifecycle(
    subject="openpoint",
    states=PointState.values,
    initial=PointState.OPEN,
    transitions=[
        Transition(
            name="explain",
            sources=(PointState.OPEN, PointState.EXPLAINED),
            target=PointState.EXPLAINED,
            makes=True,
        ),
        Transition(
            name="vanish",
            sources=(PointState.OPEN, PointState.EXPLAINED),
            target=PointState.GONE,
            by_rule=True,
        ),
        Transition(
            name="recur",
            sources=(PointState.EXPLAINED, PointState.GONE),
            target=PointState.OPEN,
            by_rule=True,
        ),
    ],
)
