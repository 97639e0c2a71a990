"""Planted mistakes held against what was found: each is found by what names it, and nothing else is.

Pure. The list of mistakes is read here, when everything is reconciled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# By which kind of difference a whole statement is told to be wrong.
OF_STATEMENTS = {
    "missing_statement": "MISSING", "wrong_closing": "BALANCE", "broken_opening": "GAP",
    "cut_off": "MISSING", "malformed_line": "MISSING",
}  # fmt: skip
REFUSED = ("cut_off", "malformed_line")  # files that are not taken: their problems say why
Mistake = Mapping[str, Any]


class Difference(NamedTuple):
    """A live break: which account it is of, and by which references its line and its entry are known."""

    reference: str
    kind: str
    account: str
    names: frozenset[str] = frozenset()
    isin: str = ""
    detail: str = ""


class TakenFile(NamedTuple):
    """What became of a file: whether its bytes had come before, and what was wrong with it."""

    name: str
    again: bool
    problems: tuple[str, ...] = ()


@dataclass
class Verdict:
    """Of each kind how many were planted and found; what was missed, and what nothing explains."""

    planted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    missed: list[Mistake] = field(default_factory=list)
    false: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.missed and not self.false


def judge(
    mistakes: Sequence[Mistake], differences: Sequence[Difference], files: Sequence[TakenFile]
) -> Verdict:
    """Every mistake has something that names it; every difference and every problem is named by a mistake."""
    verdict = Verdict()
    known = _Known(differences, files)
    for mistake in mistakes:
        kind = mistake["kind"]
        verdict.planted[kind] += 1
        if known.names(mistake):
            verdict.found[kind] += 1
        else:
            verdict.missed.append(mistake)
    verdict.false = known.unexplained()
    return verdict


class _Known:
    """What was found, by what it can be asked for; what a mistake has explained is struck off."""

    def __init__(self, differences: Sequence[Difference], files: Sequence[TakenFile]) -> None:
        self.left = {each.reference: each for each in differences}
        self.files = {each.name: each for each in files}
        self.odd_files = {each.name for each in files if each.again or each.problems}
        self.by_name: defaultdict[str, list[Difference]] = defaultdict(list)
        self.by_account: defaultdict[tuple[str, str], list[Difference]] = defaultdict(list)
        self.by_holding: defaultdict[tuple[str, str], list[Difference]] = defaultdict(list)
        for each in differences:
            for name in each.names:
                self.by_name[name].append(each)
            self.by_account[each.account, each.kind].append(each)
            if each.isin:
                self.by_holding[each.account, each.isin].append(each)

    def names(self, mistake: Mistake) -> bool:
        kind = mistake["kind"]
        if kind in OF_STATEMENTS:
            told = self.struck(self.by_account[mistake["account"], OF_STATEMENTS[kind]])
            return told and (kind not in REFUSED or self.file(mistake["file"]))
        if kind == "duplicate_file":
            return self.file(mistake["copy"]) or self.file(mistake["file"])
        return all([self.struck(found) for found in self.evidence(mistake)])

    def evidence(self, mistake: Mistake) -> Iterator[list[Difference]]:
        """What each part of a mistake has to be named by; one of each list is enough."""
        kind = mistake["kind"]
        if kind in ("holding_off", "missing_position"):
            yield self.by_holding[mistake["safe"], mistake["isin"]]
        elif kind == "holding_owner":
            for side in ("from", "to"):
                yield self.by_holding[mistake[side], mistake["isin"]]
        else:
            for line in mistake.get("lines", [mistake]):
                yield [
                    each for name in (line["bank_reference"], line["reference"]) if name
                    for each in self.by_name[name]
                ]  # fmt: skip

    def struck(self, found: Iterable[Difference]) -> bool:
        """Whether anything was found; it is explained then."""
        some = list(found)
        for each in some:
            self.left.pop(each.reference, None)
        return bool(some)

    def file(self, name: str) -> bool:
        odd = name in self.odd_files
        self.odd_files.discard(name)
        return odd

    def unexplained(self) -> list[str]:
        """Differences and files with problems that no mistake explains."""
        rows = [f"{e.reference} {e.kind} {e.account} {e.detail}" for e in self.left.values()]
        files = (self.files[name] for name in sorted(self.odd_files))
        return rows + [f"{e.name} {'again ' * e.again}{' '.join(e.problems)}" for e in files]


def as_table(verdict: Verdict, say: Callable[[str], None]) -> None:
    """Each kind with what was planted and found; then every mistake that was missed and everything false."""
    say(f"{'kind':<20}{'planted':>9}{'found':>9}{'missed':>9}")
    for kind in sorted(verdict.planted):
        planted, found = verdict.planted[kind], verdict.found[kind]
        say(f"{kind:<20}{planted:>9}{found:>9}{planted - found:>9}")
    planted, found = sum(verdict.planted.values()), sum(verdict.found.values())
    say(f"{'all':<20}{planted:>9}{found:>9}{planted - found:>9}")
    for mistake in verdict.missed:
        say(f"missed: {dict(mistake)}")
    for row in verdict.false:
        say(f"false: {row}")
    say(f"false: {len(verdict.false)}")
