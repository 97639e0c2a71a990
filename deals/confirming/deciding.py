"""What becomes of confirmations: each ends in exactly one state. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from deals.confirming.candidates import (
    alike_deals,
    already_matched,
    named_deals,
    near_deals,
    our_documents,
    their_documents,
)
from deals.confirming.nearest import Compared, Pair, choose, compared
from deals.confirming.reading import tolerated_in
from deals.confirming.rules import Finding, Verdict, Weight
from deals.confirming.state import ConfirmationState

_S = ConfirmationState


@dataclass(frozen=True, slots=True)
class Decision:
    """The state a confirmation belongs in, and why."""

    confirmation: int
    state: ConfirmationState
    deal: int | None = None
    version: int | None = None
    verdict: str = ""
    differences: Sequence[Finding] = ()
    causes: Sequence[str] = ()

    def told_differences(self) -> list[dict[str, Any]]:
        """What differs, as it is kept with the confirmation."""
        return [
            {
                "field": f.field,
                "ours": str(f.ours),
                "theirs": str(f.theirs),
                "weight": f.weight.value,
            }
            for f in self.differences
        ]


def decide(ids: Sequence[int]) -> list[Decision]:
    """Decide about these together; deals that are matched or named by others are not up for choice."""
    found: dict[int, Decision] = {}
    spoken = _named(ids, found)
    loose = [id for id in ids if id not in found]
    spoken |= _alike(loose, spoken, found)
    loose = [id for id in loose if id not in found]
    _near(loose, spoken, found)
    _alleged([id for id in loose if id not in found], found)
    return [found[id] for id in ids]


def _named(ids: Sequence[int], found: dict[int, Decision]) -> set[int]:
    """Those that name a deal of ours are about it; where several fit one, the first has it.

    What names a deal that another one fits, and does not fit itself, names the wrong deal: its economics
    say which is meant.
    """
    rows = named_deals(ids)
    for row in rows:
        if row.deals > 1:
            found[row.confirmation] = _rivals(row.confirmation)
    single = {Pair(row.confirmation, row.deal): row for row in rows if row.deals == 1}
    compared_ones = _compared(pair for pair, row in single.items() if not row.exact)
    fitting = {
        pair for pair, row in single.items()
        if row.exact or compared_ones[pair].verdict is not Verdict.DIFFERENT
    }  # fmt: skip
    held = {row.deal: 0 for row in single.values() if row.taken}
    for pair in sorted(fitting):
        held.setdefault(pair.deal, pair.confirmation)
    for pair, row in single.items():
        if held.get(pair.deal, pair.confirmation) == pair.confirmation:
            found[pair.confirmation] = (
                _exact(pair, row.version)
                if row.exact
                else _of(pair, row.version, compared_ones[pair])
            )
        elif pair in fitting:
            found[pair.confirmation] = _taken(pair.confirmation)
    return {row.deal for row in rows}


def _alike(ids: Sequence[int], spoken: set[int], found: dict[int, Decision]) -> set[int]:
    """Those whose economics are a deal's: that deal where neither has a rival."""
    rows = alike_deals(ids, spoken)
    alone = [row for row in rows if row.deals == row.confirmations == 1]
    compared_ones = _compared([Pair(r.confirmation, r.deal) for r in alone if not r.exact])
    for row in rows:
        if row.deals > 1 or row.confirmations > 1:
            found[row.confirmation] = _rivals(row.confirmation)
        elif row.exact:
            found[row.confirmation] = _exact(Pair(row.confirmation, row.deal), row.version)
        else:
            pair = Pair(row.confirmation, row.deal)
            found[row.confirmation] = _of(pair, row.version, compared_ones[pair])
    return {row.deal for row in rows}


def _near(ids: Sequence[int], spoken: set[int], found: dict[int, Decision]) -> None:
    """Those that are a deal's but for one respect."""
    pairs = near_deals(ids, spoken)
    versions = {id: version for id, (version, _) in our_documents({p.deal for p in pairs}).items()}
    candidates = _compared(pairs)
    for confirmation, choice in choose(candidates).items():
        if choice.deal is None:
            found[confirmation] = _rivals(confirmation)
        else:
            pair = Pair(confirmation, choice.deal)
            found[confirmation] = _of(pair, versions[choice.deal], candidates[pair])


def _alleged(ids: Sequence[int], found: dict[int, Decision]) -> None:
    matched = already_matched(ids)
    for id in ids:
        found[id] = _taken(id) if id in matched else Decision(id, _S.ALLEGED, causes=["no-deal"])


def _compared(pairs: Iterable[Pair]) -> dict[Pair, Compared]:
    pairs = list(pairs)
    if not pairs:
        return {}
    ours = our_documents({pair.deal for pair in pairs})
    theirs = their_documents({pair.confirmation for pair in pairs})
    return {
        pair: compared(
            ours[pair.deal][1], theirs[pair.confirmation],
            tolerated_in(ours[pair.deal][1].currency, ours[pair.deal][1].trade_date),
        )
        for pair in pairs
    }  # fmt: skip


def _exact(pair: Pair, version: int) -> Decision:
    return Decision(pair.confirmation, _S.MATCHED, pair.deal, version, Verdict.EXACT.value)


def _of(pair: Pair, version: int, found: Compared) -> Decision:
    state = _S.MISMATCHED if found.verdict is Verdict.DIFFERENT else _S.MATCHED
    differences = [f for f in found.findings if f.weight not in (Weight.SAME, Weight.UNTOLD)]
    return Decision(
        pair.confirmation, state, pair.deal, version, found.verdict.value, differences,
        list(found.causes),
    )  # fmt: skip


def _rivals(confirmation: int) -> Decision:
    return Decision(confirmation, _S.AMBIGUOUS, causes=["several-fit"])


def _taken(confirmation: int) -> Decision:
    return Decision(confirmation, _S.ALLEGED, causes=["already-matched"])
