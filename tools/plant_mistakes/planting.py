"""All of it: which mistakes, how many, and the files as they are to be found."""

from __future__ import annotations

from typing import Any

from .files import Holdings, Statement
from .kinds import FILE_KINDS, HOLDING_KINDS, LINE_KINDS
from .of_files import OfFiles
from .of_holdings import OfHoldings
from .of_lines import OfLines

LEFT_FOR_LINES = 2  # statements at least, where lines go wrong too
MOST_DAMAGED = 3  # one statement in so many loses its whole file, or its balance


class Planter(OfFiles, OfLines, OfHoldings):
    """Chooses by the seed what goes wrong where, and notes it."""

    def plant(self) -> list[dict[str, Any]]:
        """All mistakes: first those that take a file, then lines in turns until the share is reached."""
        self.damage_files()
        for kind in (each for each in HOLDING_KINDS if each in self.kinds):
            getattr(self, kind)()
        kinds = [kind for kind in LINE_KINDS if kind in self.kinds]
        dry: set[str] = set()
        number = 0
        while kinds and len(self.mistakes) < self.count and len(dry) < len(kinds):
            kind = kinds[number % len(kinds)]
            number += 1
            if kind not in dry and not getattr(self, kind)():
                dry.add(kind)
        for each in self.free:
            if each.changed:
                each.add_up()
        return self.mistakes

    def damage_files(self) -> None:
        """Each kind of them a file of its own with lines in it, as far as enough files are left for the rest."""
        wanted = [kind for kind in FILE_KINDS if kind in self.kinds]
        among = [each for each in self.statements if each.rows]
        self.chance.shuffle(among)
        most = min(max(len(wanted), len(among) // MOST_DAMAGED), self.count)
        if set(LINE_KINDS) & set(self.kinds):
            most = min(most, len(among) - LEFT_FOR_LINES)
        for kind, each in zip((wanted * len(among))[: max(most, 0)], among, strict=False):
            self.free.remove(each)
            getattr(self, kind)(each)

    def write(self) -> None:
        """The files as they are to be found; those that nothing changed are not touched."""
        files: list[Statement | Holdings] = [*self.statements, *self.holdings]
        for each in files:
            if each.changed and each.path not in self.added:
                each.path.write_bytes(each.put_back())
        for path, raw in self.added.items():
            path.write_bytes(raw)
        for path in self.removed:
            path.unlink()
