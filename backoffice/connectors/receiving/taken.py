"""What a taker says of a file: what was in it, and what became of every line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from backoffice.access.models import User
from backoffice.connectors.models import InboundFile
from backoffice.kernel.errors import FieldProblem, Forbidden, Refusal
from backoffice.kernel.i18n import gettext_noop


class NotByHand(Forbidden):
    code = "not-by-hand"
    title = gettext_noop("That comes through the channel of its place")
    detail = gettext_noop("What moves settlements is not taken from a file that a person brings.")
    hint = gettext_noop(
        "Record the document as evidence of the settlement; another person accepts it."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One taking of a file. Of its `lines`, so many were `added` now, known before, or `refused` by a problem.

    Taken again, a file says of its lines that they are known: what it added before is counted from its first time.
    `balanced` is None where nothing could be checked; `entities` are all those of whom it has brought anything yet.
    """

    format: str = ""
    statements: int = 0
    lines: int = 0
    added: int = 0
    duplicates: int = 0
    refused: int = 0
    balanced: bool | None = None
    problems: Sequence[Mapping[str, Any]] = ()
    entities: frozenset[int] = frozenset()
    counts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        return self.added + self.duplicates + self.refused == self.lines


class Taker(Protocol):
    """Takes a file in, in the caller's transaction. May run again for the same file, and then adds what is missing.

    Raises Refused, or another refusal, where nothing of it can be taken.
    """

    def __call__(
        self, file: InboundFile, raw: bytes, *, actor: User | None, at: datetime
    ) -> Taken: ...


def require_channel(file: InboundFile) -> None:
    """For takers whose lines settle or end something by a place's word: no person may bring them. Raises NotByHand."""
    if file.received_by_id is not None:
        raise NotByHand


def problem_document(problem: FieldProblem) -> dict[str, Any]:
    """A problem as it is kept: where, what, what to do; the words are translated when they are read."""
    facts = {name: _plain(value) for name, value in problem.facts.items()}
    return {
        "position": _kept(problem.pointer), "code": problem.code, "detail": problem.detail,
        "hint": problem.hint, "facts": facts,
    }  # fmt: skip


def problems_of(refusal: Refusal) -> list[dict[str, Any]]:
    """All that is wrong with a file by its refusal; the refusal itself where it names nothing."""
    named = refusal.problems or [
        FieldProblem(
            "file", refusal.code, refusal.detail or refusal.title, refusal.hint, refusal.facts
        )
    ]
    return [problem_document(each) for each in named]


def _kept(text: str) -> str:
    """A text of a file as the database can keep it: without what is no character."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _kept(value)
    return (
        value
        if isinstance(value, int)
        else f"{value:f}"
        if isinstance(value, Decimal)
        else str(value)
    )
