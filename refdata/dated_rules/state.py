"""The life of a dated rule, and apart from it whether its source was checked.

DRAFT --adopt--> ADOPTED; both --activate (other eyes)--> IN_FORCE --repeal (other eyes)--> WITHDRAWN.
Before it is in force a rule may be declined by other eyes, and withdrawn by those who proposed it:
both leave it WITHDRAWN. `supersede` and `resume` leave a rule in force and move only its end, when
another that follows it comes into force or is repealed.

UNVERIFIED --verify (other eyes)--> VERIFIED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.lifecycle import Lifecycle, Transition


class RuleState(TextChoices):
    """How far a rule has come; only IN_FORCE computes, and DRAFT and ADOPTED feed questions of what if."""

    DRAFT = "DRAFT", _("Draft")
    ADOPTED = "ADOPTED", _("Adopted, not yet in force")
    IN_FORCE = "IN_FORCE", _("In force")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


class Verification(TextChoices):
    """Whether somebody has held the rule against its primary source."""

    UNVERIFIED = "UNVERIFIED", _("Unverified")
    VERIFIED = "VERIFIED", _("Checked against its source")


_WAITING, _IN_FORCE = (RuleState.DRAFT, RuleState.ADOPTED), (RuleState.IN_FORCE,)

RULE_LIFECYCLE = Lifecycle(
    subject="rule",
    states=RuleState.values,
    initial=RuleState.DRAFT,
    transitions=[
        Transition(
            name="activate", sources=_WAITING, target=RuleState.IN_FORCE, four_eyes=True
        ),
        Transition(
            name="adopt", sources=(RuleState.DRAFT,), target=RuleState.ADOPTED, makes=True
        ),
        Transition(name="decline", sources=_WAITING, target=RuleState.WITHDRAWN, four_eyes=True),
        Transition(name="withdraw", sources=_WAITING, target=RuleState.WITHDRAWN),
        Transition(name="repeal", sources=_IN_FORCE, target=RuleState.WITHDRAWN, four_eyes=True),
        Transition(name="supersede", sources=_IN_FORCE, target=RuleState.IN_FORCE, by_rule=True),
        Transition(name="resume", sources=_IN_FORCE, target=RuleState.IN_FORCE, by_rule=True),
    ],
)  # fmt: skip

VERIFICATION_LIFECYCLE = Lifecycle(
    subject="rule",
    column="verification",
    states=Verification.values,
    initial=Verification.UNVERIFIED,
    transitions=[
        Transition(
            name="verify",
            sources=(Verification.UNVERIFIED,),
            target=Verification.VERIFIED,
            four_eyes=True,
        ),
    ],
)
