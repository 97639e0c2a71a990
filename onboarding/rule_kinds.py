"""The kinds of dated rules of onboarding: what a file needs, who counts as its owner, grades, limits, reviews."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from onboarding.calendars import DocumentTypes, Held, Review, ReviewLevels, lacking, review_of
from onboarding.ownership import Stake, beneficial_owners, weights_in
from onboarding.processing import kinds as processing
from onboarding.scoring import Scorecard, score_of
from refdata.dated_rules.kinds import Number, RuleKind, declare

__all__ = ["processing"]

PARTIES = tuple(
    f"{role}-{kind}" for role in ("COUNTERPARTY", "CLIENT") for kind in ("ORGANISATION", "INDIVIDUAL")
)  # fmt: skip
CARDS = tuple(
    f"{what}-{kind}" for what in ("CREDIT", "RISK") for kind in ("ORGANISATION", "INDIVIDUAL")
)
RISKS = ("LOW", "MEDIUM", "HIGH")


class HeldDocument(Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    expires_on: date | None = None


class Holding(Struct, frozen=True, forbid_unknown_fields=True):
    held: list[HeldDocument]
    on: date


def _lacking(rule: DocumentTypes, given: Holding) -> list[str]:
    held = [Held(each.code, each.expires_on) for each in given.held]
    return [each.type.code for each in lacking(rule, held, given.on)]


DOCUMENTS = RuleKind(
    name="onboarding.documents",
    title=_("Onboarding: the documents that a file needs, by role and kind of party"),
    keys=PARTIES,
    value=DocumentTypes,
    given=Holding,
    found=list[str],
    compute=_lacking,
)


class OwnerThreshold(Struct, frozen=True, forbid_unknown_fields=True):
    """The share from which on a person is a beneficial owner; `or_more`: that share itself is enough."""

    threshold: Number
    or_more: bool = True

    @property
    def share(self) -> Decimal:
        return Decimal(self.threshold)


class OneStake(Struct, frozen=True, forbid_unknown_fields=True):
    owner: str
    owned: str
    share: Number


class Owned(Struct, frozen=True, forbid_unknown_fields=True):
    party: str
    people: list[str]
    stakes: list[OneStake]


def _owners(rule: OwnerThreshold, given: Owned) -> list[str]:
    weights = weights_in(
        given.party, [Stake(s.owner, s.owned, Decimal(s.share)) for s in given.stakes]
    )
    found = beneficial_owners(weights, given.people, rule.share, or_more=rule.or_more)
    return [str(each) for each in found]


OWNERSHIP = RuleKind(
    name="onboarding.ownership",
    title=_("Onboarding: from which share on a person is a beneficial owner"),
    value=OwnerThreshold,
    given=Owned,
    found=list[str],
    compute=_owners,
)


class Answered(Struct, frozen=True, forbid_unknown_fields=True):
    answers: dict[str, str]


class Graded(Struct, frozen=True):
    points: Decimal
    grade: str


def _graded(rule: Scorecard, given: Answered) -> Graded:
    found = score_of(rule, given.answers)
    return Graded(found.points, found.grade)


SCORECARD = RuleKind(
    name="onboarding.scorecard",
    title=_("Onboarding: scorecards of creditworthiness and of risk"),
    keys=CARDS,
    value=Scorecard,
    given=Answered,
    found=Graded,
    compute=_graded,
)


class ProposedLimit(Struct, frozen=True, forbid_unknown_fields=True):
    grade: str
    kind: Literal["COUNTERPARTY_PRESETTLEMENT", "COUNTERPARTY_SETTLEMENT"]
    amount: Number


class ProposedLimits(Struct, frozen=True, forbid_unknown_fields=True):
    limits: list[ProposedLimit]

    def of(self, grade: str) -> list[ProposedLimit]:
        """What is proposed for a grade; a grade that is not named is given no room."""
        return [each for each in self.limits if each.grade == grade]


class GradeOf(Struct, frozen=True, forbid_unknown_fields=True):
    grade: str


def _limits(rule: ProposedLimits, given: GradeOf) -> dict[str, Decimal]:
    return {each.kind: Decimal(each.amount) for each in rule.of(given.grade)}


LIMITS = RuleKind(
    name="onboarding.limits",
    title=_("Onboarding: the limits proposed for a grade, by currency of the entity"),
    keys=(),
    key_pattern=r"[A-Z]{3}",
    value=ProposedLimits,
    given=GradeOf,
    found=dict[str, Decimal],
    compute=_limits,
)


class ApprovedFile(Struct, frozen=True, forbid_unknown_fields=True):
    risk: str
    approved_on: date


def _review(rule: ReviewLevels, given: ApprovedFile) -> Review | None:
    return review_of(rule, given.risk, given.approved_on)


REVIEW = RuleKind(
    name="onboarding.review",
    title=_("Onboarding: when files are reviewed, by risk"),
    value=ReviewLevels,
    given=ApprovedFile,
    found=Review | None,
    compute=_review,
)


class FileRequired(Struct, frozen=True, forbid_unknown_fields=True):
    """The roles in which nobody is dealt with who has no file."""

    roles: list[Literal["COUNTERPARTY", "CLIENT"]]


class RolesOf(Struct, frozen=True, forbid_unknown_fields=True):
    role: str


def _required(rule: FileRequired, given: RolesOf) -> bool:
    return given.role in rule.roles


FILE_REQUIRED = RuleKind(
    name="onboarding.file_required",
    title=_("Onboarding: roles in which nobody is dealt with without a file"),
    value=FileRequired,
    given=RolesOf,
    found=bool,
    compute=_required,
)

declare(DOCUMENTS, OWNERSHIP, SCORECARD, LIMITS, REVIEW, FILE_REQUIRED)
