"""Who owns how much of a party, directly and through others. Pure.

The weight of an owner in a party is its direct share, and its share in every other owner times the weight of
that one: what is held through others is multiplied along each path, and all paths are added. Where owners
own each other in a circle the same sentence is a system of linear equations (integrated ownership, Brioschi
et al. 1989), which has one solution unless a circle owns itself alone. Weights of those who have no owners
themselves, with what nobody explains, come to the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from backoffice.kernel.errors import Conflict, FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop

WHOLE = Fraction(1)
MOST_OWNERS = 100
Key: TypeAlias = int | str


class OwnershipLoop(Conflict):
    code = "ownership-loop"
    title = gettext_noop("The owners own nobody but each other")
    detail = gettext_noop("Those who own %(name)s are owned by themselves alone.")
    hint = gettext_noop("Name who stands behind them, with their shares.")


class SharesOverWhole(Invalid):
    code = "shares-over-whole"
    title = gettext_noop("The shares come to more than the whole")
    detail = gettext_noop("With it the owners of %(name)s would hold %(sum)s.")
    hint = gettext_noop("Write shares as fractions: 0.25 is a quarter; correct the others first.")


class Stake(NamedTuple):
    """So much of `owned` (a fraction) belongs to `owner`."""

    owner: Key
    owned: Key
    share: Decimal


class Unexplained(NamedTuple):
    """Of an owner it is not said who owns it: `share` of the party hangs on that."""

    owner: Key
    share: Fraction


def require_whole(stakes: Sequence[Stake], *, names: Mapping[Key, str]) -> None:
    """Raises SharesOverWhole where the owners of anything hold more than all of it."""
    for owned, total in _held(stakes).items():
        if total > WHOLE:
            percent = f"{float(total * 100):.2f} %"
            problem = FieldProblem(
                "/share", "over-whole", SharesOverWhole.detail, SharesOverWhole.hint,
                {"name": names.get(owned, str(owned)), "sum": percent},
            )  # fmt: skip
            raise SharesOverWhole([problem], **problem.facts)


def _held(stakes: Sequence[Stake]) -> dict[Key, Fraction]:
    held: dict[Key, Fraction] = defaultdict(Fraction)
    for stake in stakes:
        held[stake.owned] += Fraction(stake.share)
    return held


def weights_in(party: Key, stakes: Sequence[Stake]) -> dict[Key, Fraction]:
    """How much of a party each owner holds in the end, itself among them with the whole. Raises OwnershipLoop."""
    names = _behind(party, stakes)
    rows: dict[Key, dict[Key, Fraction]] = {name: {name: WHOLE} for name in names}
    for stake in stakes:
        if stake.owned in rows and stake.owner in rows:
            row = rows[stake.owner]
            row[stake.owned] = row.get(stake.owned, Fraction(0)) - Fraction(stake.share)
    constants = {name: WHOLE if name == party else Fraction(0) for name in names}
    return _solved(names, rows, constants)


def _behind(party: Key, stakes: Sequence[Stake]) -> list[Key]:
    """The party and everybody who owns of it, through however many others."""
    found, at = [party], 0
    while at < len(found):
        found += [s.owner for s in stakes if s.owned == found[at] and s.owner not in found]
        found = list(dict.fromkeys(found))
        at += 1
    return found


def _solved(
    names: Sequence[Key], rows: dict[Key, dict[Key, Fraction]], constants: dict[Key, Fraction]
) -> dict[Key, Fraction]:
    """Elimination in exact fractions; a pivot that is nothing is a circle that owns itself."""
    for pivot in names:
        head = rows[pivot].get(pivot, Fraction(0))
        if head == 0:
            raise OwnershipLoop(name=str(pivot))
        rows[pivot] = {name: value / head for name, value in rows[pivot].items() if value}
        constants[pivot] /= head
        for other in names:
            factor = rows[other].get(pivot, Fraction(0))
            if other == pivot or not factor:
                continue
            for name, value in rows[pivot].items():
                rows[other][name] = rows[other].get(name, Fraction(0)) - factor * value
            constants[other] -= factor * constants[pivot]
    return constants


def at_or_above(weight: Fraction, threshold: Decimal, *, or_more: bool) -> bool:
    return weight >= Fraction(threshold) if or_more else weight > Fraction(threshold)


def beneficial_owners(
    weights: Mapping[Key, Fraction], people: Collection[Key], threshold: Decimal, *, or_more: bool
) -> list[Key]:
    """The people whose weight reaches the threshold, the largest first."""
    found = [
        p for p in people if at_or_above(weights.get(p, Fraction(0)), threshold, or_more=or_more)
    ]
    return sorted(found, key=lambda p: (-weights[p], str(p)))


def unexplained(
    weights: Mapping[Key, Fraction], stakes: Sequence[Stake], organisations: Collection[Key],
    threshold: Decimal, *, or_more: bool,
) -> list[Unexplained]:  # fmt: skip
    """The organisations of which so much is owned by nobody knows whom that a person behind it would count."""
    held = _held(stakes)
    rest = {
        name: weights[name] * (WHOLE - held.get(name, Fraction(0)))
        for name in organisations
        if name in weights
    }
    return [
        Unexplained(name, share)
        for name, share in rest.items()
        if share and at_or_above(share, threshold, or_more=or_more)
    ]
